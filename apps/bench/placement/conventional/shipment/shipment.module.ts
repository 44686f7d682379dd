import { Controller, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { database } from '../database.js';
import { Booking, Package, Shipment } from './shipment.entities.js';
import { ShipmentService } from './shipment.service.js';

@Controller()
class ShipmentController {
  constructor(private readonly shipments: ShipmentService) {}

  @MessagePattern('shipment.find')
  find(@Payload() { customerId, orderId }: { customerId: number; orderId: number }) {
    return this.shipments.find(customerId, orderId);
  }
}

@Module({
  imports: database([Shipment, Package, Booking]),
  controllers: [ShipmentController],
  providers: [ShipmentService],
})
export class ShipmentModule {}
