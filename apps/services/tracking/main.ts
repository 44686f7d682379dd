import 'reflect-metadata';
import { OrderModule } from '#marketplace/order/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ShipmentModule } from '#marketplace/shipment/module';
import { TrackingModule } from '#marketplace/tracking/module';
import { runService } from '../run-service.js';

await runService({
  name: 'tracking',
  here: [TrackingModule],
  elsewhere: [OrderModule, PaymentModule, ShipmentModule],
});
