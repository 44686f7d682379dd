import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkModule } from '#platform/work';
import { OrderApi } from './contract/index.js';
import { AuditLogEntity } from './entities/audit-log.entity.js';
import { CustomerOrdersEntity } from './entities/customer-orders.entity.js';
import { OrderEntity } from './entities/order.entity.js';
import { OrderHistoryEntity } from './entities/order-history.entity.js';
import { OrderItemEntity } from './entities/order-item.entity.js';
import { OrderData } from './order.data.js';
import { OrderEdge } from './order.edge.js';
import { OrderListeners } from './order.listeners.js';
import { checkSteps } from './order.status.rules.js';

/** What customers bought, and how far it has come. */
@Module({
  imports: [
    WorkModule.as('order'),
    TypeOrmModule.forFeature([
      OrderEntity,
      OrderItemEntity,
      OrderHistoryEntity,
      CustomerOrdersEntity,
      AuditLogEntity,
    ]),
  ],
  controllers: [OrderEdge],
  providers: [OrderData, OrderListeners, { provide: OrderApi, useExisting: OrderData }],
  exports: [OrderApi],
})
export class OrderModule implements OnModuleInit {
  onModuleInit(): void {
    checkSteps();
  }
}
