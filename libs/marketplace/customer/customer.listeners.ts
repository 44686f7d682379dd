import { Injectable } from '@nestjs/common';
import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { DeliveryNotification } from '#marketplace/shipment';
import { ReserveStockFailed } from '#marketplace/stock';
import { type Heard, isOf, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { CustomerData } from './customer.data.js';

/** Counts what happens to customers. */
@Injectable()
export class CustomerListeners {
  constructor(private readonly customers: CustomerData) {}

  /**
   * One listener for all counters, in order of keys, though counting needs no order: this way no two transactions ever
   * want the same customer's row, whatever else their batches hold, so none waits and none can deadlock.
   */
  @Listens({
    name: 'customer.count',
    to: [PaymentConfirmed, PaymentFailed, DeliveryNotification],
    ordered: true,
  })
  async count(
    heard: Heard<PaymentConfirmed | PaymentFailed | DeliveryNotification>,
    unit: Unit,
  ): Promise<void> {
    if (isOf(heard, DeliveryNotification)) {
      return this.customers.count(heard.payload.customerId, 'delivery_count', unit);
    }
    if (isOf(heard, PaymentConfirmed)) {
      return this.customers.count(heard.payload.customer.CustomerId, 'success_payment_count', unit);
    }
    if (isOf(heard, PaymentFailed)) {
      return this.customers.count(heard.payload.customer.CustomerId, 'failed_payment_count', unit);
    }
  }

  /** The spec has customer hear of failed reservations and do nothing: the reason for that is kept with the delivery. */
  @Listens({
    name: 'customer.note-failed-reservation',
    to: ReserveStockFailed,
    skip: () => 'Nothing is counted for a reservation that failed.',
  })
  async note(): Promise<void> {}
}
