import { Injectable } from '@nestjs/common';
import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { ShipmentNotification } from '#marketplace/shipment';
import { StockConfirmed } from '#marketplace/stock';
import { type Heard, isOf, Listens } from '#platform/events';
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
  take(heard: Heard<StockConfirmed>): Promise<void> {
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
  async follow(heard: Heard<PaymentConfirmed | PaymentFailed | ShipmentNotification>): Promise<void> {
    if (isOf(heard, ShipmentNotification)) {
      const { customerId, orderId, status, eventDate } = heard.payload;
      return this.orders.follow(customerId, orderId, status, eventDate);
    }
    if (isOf(heard, PaymentConfirmed)) {
      const { customer, orderId, date } = heard.payload;
      return this.orders.follow(customer.CustomerId, orderId, 'paid', date);
    }
    if (isOf(heard, PaymentFailed)) {
      const { customer, orderId } = heard.payload;
      return this.orders.follow(customer.CustomerId, orderId, 'not paid', heard.occurredAt.toISOString());
    }
  }
}
