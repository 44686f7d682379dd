import { Controller, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { database } from '../database.js';
import { Order, OrderHistory, OrderItem } from './order.entities.js';
import { OrderService } from './order.service.js';

@Controller()
class OrderController {
  constructor(private readonly orders: OrderService) {}

  @MessagePattern('order.find')
  find(@Payload() { customerId, orderId }: { customerId: number; orderId: number }) {
    return this.orders.find(customerId, orderId);
  }
}

@Module({
  imports: database([Order, OrderItem, OrderHistory]),
  controllers: [OrderController],
  providers: [OrderService],
})
export class OrderModule {}
