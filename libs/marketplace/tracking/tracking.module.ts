import { Module } from '@nestjs/common';
import { OrderModule } from '#marketplace/order/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ShipmentModule } from '#marketplace/shipment/module';
import { TrackingEdge } from './tracking.edge.js';
import { TrackingProcess } from './tracking.process.js';

/** Tells where an order is. Owns nothing. */
@Module({
  imports: [OrderModule, PaymentModule, ShipmentModule],
  controllers: [TrackingEdge],
  providers: [TrackingProcess],
})
export class TrackingModule {}
