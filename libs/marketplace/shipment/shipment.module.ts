import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkModule } from '#platform/work';
import { ShipmentApi } from './contract/shipment.api.js';
import { BookingRow } from './entities/booking.entity.js';
import { PackageRow } from './entities/package.entity.js';
import { ShipmentRow } from './entities/shipment.entity.js';
import { ShipmentData } from './shipment.data.js';
import { ShipmentEdge } from './shipment.edge.js';
import { CarrierGateway } from './shipment.gateway.js';
import { ShipmentListeners } from './shipment.listeners.js';

/** Sends paid orders on their way, and brings them. */
@Module({
  imports: [WorkModule.as('shipment'), TypeOrmModule.forFeature([BookingRow, PackageRow, ShipmentRow])],
  controllers: [ShipmentEdge],
  providers: [
    ShipmentData,
    ShipmentListeners,
    CarrierGateway,
    { provide: ShipmentApi, useExisting: ShipmentData },
  ],
  exports: [ShipmentApi],
})
export class ShipmentModule {}
