import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Shipment } from './shipment.entities.js';

@Injectable()
export class ShipmentService {
  constructor(@InjectRepository(Shipment) private readonly shipments: Repository<Shipment>) {}

  /** The shipment with its packages and its booking; null when there is none. */
  async find(customerId: number, orderId: number) {
    // Not findOne: with a relation to many, TypeORM would ask for the ids first, and then for the rows.
    const [shipment] = await this.shipments.find({
      where: { customer_id: customerId, order_id: orderId },
      relations: { packages: true, booking: true },
      order: { packages: { package_id: 'ASC' } },
    });
    if (!shipment) return null;
    const { packages, booking, ...rest } = shipment;
    return {
      ...rest,
      total_freight_value: Number(rest.total_freight_value),
      packages: packages.map((parcel) => ({ ...parcel, freight_value: Number(parcel.freight_value) })),
      booking: { status: booking.status, carrier_id: booking.carrier_id },
    };
  }
}
