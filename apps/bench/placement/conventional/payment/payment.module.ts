import { Controller, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { database } from '../database.js';
import { OrderPayment, OrderPaymentCard, PaymentMethod } from './payment.entities.js';
import { type MethodToKeep, PaymentService } from './payment.service.js';

@Controller()
class PaymentController {
  constructor(private readonly payments: PaymentService) {}

  @MessagePattern('payment.find')
  find(@Payload() { customerId, orderId }: { customerId: number; orderId: number }) {
    return this.payments.find(customerId, orderId);
  }

  @MessagePattern('payment.keep')
  keep(@Payload() method: MethodToKeep) {
    return this.payments.keep(method);
  }
}

@Module({
  imports: database([OrderPayment, OrderPaymentCard, PaymentMethod]),
  controllers: [PaymentController],
  providers: [PaymentService],
})
export class PaymentModule {}
