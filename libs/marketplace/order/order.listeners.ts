import { Injectable } from '@nestjs/common';
import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { ShipmentNotification } from '#marketplace/shipment';
import { StockConfirmed } from '#marketplace/stock';
import { type Heard, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { OrderData } from './order.data.js';
import { abandon } from './order.marks.js';

/** What order does when it hears of something. */
@Injectable()
export class OrderListeners {
  constructor(private readonly orders: OrderData) {}

  @Listens({
    name: 'order.take',
    to: StockConfirmed,
    ordered: true,
    whenDead: (heard, unit) => abandon(unit, heard.payload, 'ABORT'),
  })
  take(heard: Heard<StockConfirmed>, _: Unit): Promise<void> {
    return this.orders.take(heard.payload);
  }

  /**
   * One listener for all that moves an order: so an order hears of its payment before its shipment, and no
   * two transactions ever wait for each other's orders.
   */
  @Listens({
    name: 'order.follow',
    to: [PaymentConfirmed, PaymentFailed, ShipmentNotification],
    ordered: true,
  })
  follow(heard: Heard<PaymentConfirmed | PaymentFailed | ShipmentNotification>, _: Unit): Promise<void> {
    const { payload } = heard;
    if ('eventDate' in payload) {
      return this.orders.follow(payload.customerId, payload.orderId, payload.status, payload.eventDate);
    }
    const customerId = payload.customer.CustomerId;
    if ('date' in payload) return this.orders.follow(customerId, payload.orderId, 'paid', payload.date);
    return this.orders.follow(customerId, payload.orderId, 'not paid', heard.occurredAt.toISOString());
  }
}
