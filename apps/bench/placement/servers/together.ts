/** The modules of both chains in one process. Stock and its followers are left out of every variant: README.md says why. */
import 'reflect-metadata';
import { CartModule } from '#marketplace/cart/module';
import { CheckoutModule } from '#marketplace/checkout/module';
import { OrderModule } from '#marketplace/order/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductModule } from '#marketplace/product/module';
import { ShipmentModule } from '#marketplace/shipment/module';
import { TrackingModule } from '#marketplace/tracking/module';
import { run } from '#platform/host';
import { migrate } from '../../../../migrations/migrate.js';

await run({
  name: 'marketplace',
  here: [
    CartModule,
    CheckoutModule,
    OrderModule,
    PaymentModule,
    ProductModule,
    ShipmentModule,
    TrackingModule,
  ],
  migrate,
});
