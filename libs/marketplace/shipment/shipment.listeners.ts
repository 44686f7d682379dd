import { Injectable } from '@nestjs/common';
import { TransactionMark } from '#marketplace/benchmark';
import { PaymentConfirmed } from '#marketplace/payment';
import { type Heard, Listens, ListensOutside } from '#platform/events';
import type { Unit } from '#platform/work';
import { CarrierBookingRequested } from './contract/shipment.events.js';
import { ShipmentData } from './shipment.data.js';
import { CarrierGateway } from './shipment.gateway.js';

/** What shipment does when others speak. */
@Injectable()
export class ShipmentListeners {
  constructor(
    private readonly shipments: ShipmentData,
    private readonly carrier: CarrierGateway,
  ) {}

  /** A paid order is sent on its way; one that can't be is a checkout without an end, so it gets one. */
  @Listens({
    name: 'shipment.ship-order',
    to: PaymentConfirmed,
    whenDead: (heard, unit) =>
      unit.publish(TransactionMark, {
        tid: heard.payload.instanceId,
        type: 'CUSTOMER_SESSION',
        actorId: heard.payload.customer.CustomerId,
        status: 'ABORT',
        source: 'shipment',
      }),
  })
  async ship(heard: Heard<PaymentConfirmed>, unit: Unit): Promise<void> {
    await this.shipments.ship(heard.payload, unit);
  }

  /** Intent, call, answer: each committed by itself, so a carrier that is slow or silent holds up nobody. */
  @ListensOutside({ name: 'shipment.book-carrier', to: CarrierBookingRequested })
  async book(heard: Heard<CarrierBookingRequested>): Promise<(unit: Unit) => Promise<void>> {
    const { bookingKey } = heard.payload;
    const consignment = await this.shipments.callCarrier(bookingKey);
    if (!consignment) return async () => undefined; // answered before, or forgotten by a reset
    const answer = await this.carrier.book(consignment);
    return (unit) => this.shipments.carrierAnswered(bookingKey, answer, unit);
  }
}
