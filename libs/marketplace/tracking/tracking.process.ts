import { Injectable } from '@nestjs/common';
import { OrderApi } from '#marketplace/order';
import { noSuchPayment, PaymentApi } from '#marketplace/payment';
import { noSuchShipment, ShipmentApi } from '#marketplace/shipment';
import { compose, type Tracking } from './tracking.rules.js';

/** Asks everybody who knows something of an order. */
@Injectable()
export class TrackingProcess {
  constructor(
    private readonly orders: OrderApi,
    private readonly payments: PaymentApi,
    private readonly shipments: ShipmentApi,
  ) {}

  /**
   * Where an order is. The three are asked at the same time.
   *
   * @throws Refusal `order.unknown` (not-found)
   */
  async track(customerId: number, orderId: number): Promise<Tracking> {
    const [order, payment, shipment] = await Promise.all([
      this.orders.find(customerId, orderId),
      unless(noSuchPayment, this.payments.find(customerId, orderId)),
      unless(noSuchShipment, this.shipments.find(customerId, orderId)),
    ]);
    return compose(order, payment, shipment);
  }
}

/** Undefined for what does not exist yet; any other failure stays one. */
async function unless<T>(
  absent: { is(error: unknown): boolean },
  answer: Promise<T>,
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (absent.is(error)) return undefined;
    throw error;
  }
}
