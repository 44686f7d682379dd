import { Module } from '@nestjs/common';
import { CartModule } from '#marketplace/cart/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductModule } from '#marketplace/product/module';
import { WorkModule } from '#platform/work';
import { CheckoutData } from './checkout.data.js';
import { CheckoutEdge } from './checkout.edge.js';
import { CheckoutProcess } from './checkout.process.js';
import { CheckoutApi } from './contract/checkout.api.js';

/** The process that turns a cart into an accepted order, by asking product, payment and cart. */
@Module({
  imports: [WorkModule.as('checkout'), CartModule, ProductModule, PaymentModule],
  controllers: [CheckoutEdge],
  providers: [CheckoutProcess, CheckoutData, { provide: CheckoutApi, useExisting: CheckoutData }],
  exports: [CheckoutApi],
})
export class CheckoutModule {}
