import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkModule } from '#platform/work';
import { PaymentApi } from './contract/index.js';
import { ChargeEntity } from './entities/charge.entity.js';
import { MethodEntity } from './entities/method.entity.js';
import { OrderPaymentEntity } from './entities/order-payment.entity.js';
import { OrderPaymentCardEntity } from './entities/order-payment-card.entity.js';
import { PaymentData } from './payment.data.js';
import { PaymentEdge } from './payment.edge.js';
import { PaymentGateway } from './payment.gateway.js';
import { PaymentListeners } from './payment.listeners.js';
import { PaymentProcess } from './payment.process.js';
import { PaymentVaultSweep } from './payment.vault-sweep.process.js';

/** What customers owe and have paid, and the ways to pay that they left with us. */
@Module({
  imports: [
    WorkModule.as('payment'),
    TypeOrmModule.forFeature([MethodEntity, ChargeEntity, OrderPaymentEntity, OrderPaymentCardEntity]),
  ],
  controllers: [PaymentEdge],
  providers: [
    PaymentData,
    PaymentGateway,
    PaymentProcess,
    PaymentListeners,
    PaymentVaultSweep,
    { provide: PaymentApi, useExisting: PaymentData },
  ],
  exports: [PaymentApi],
})
export class PaymentModule {}
