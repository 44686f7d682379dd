import { Module } from '@nestjs/common';
import { WorkModule } from '#platform/work';
import { ShipmentApi } from './contract/shipment.api.js';
import { ShipmentData } from './shipment.data.js';
import { ShipmentEdge } from './shipment.edge.js';
import { CarrierGateway } from './shipment.gateway.js';
import { ShipmentListeners } from './shipment.listeners.js';

/** Sends paid orders on their way, and brings them. */
@Module({
  imports: [WorkModule.as('shipment')],
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
