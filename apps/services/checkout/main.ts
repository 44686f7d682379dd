import 'reflect-metadata';
import { CartModule } from '#marketplace/cart/module';
import { CheckoutModule } from '#marketplace/checkout/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductModule } from '#marketplace/product/module';
import { runService } from '../run-service.js';

await runService({
  name: 'checkout',
  here: [CheckoutModule],
  elsewhere: [CartModule, PaymentModule, ProductModule],
});
