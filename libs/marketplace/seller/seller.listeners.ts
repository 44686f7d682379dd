import { Injectable } from '@nestjs/common';
import { InvoiceIssued } from '#marketplace/order';
import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { DeliveryNotification, ShipmentNotification } from '#marketplace/shipment';
import { type Heard, isOf, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { SellerData } from './seller.data.js';

type Told = InvoiceIssued | PaymentConfirmed | PaymentFailed | ShipmentNotification | DeliveryNotification;

/** Follows every order on its seller's behalf. */
@Injectable()
export class SellerListeners {
  constructor(private readonly sellers: SellerData) {}

  /** One listener for the whole path of an order, for only within one listener is the order of a key's events kept. */
  @Listens({
    name: 'seller.follow-order',
    to: [InvoiceIssued, PaymentConfirmed, PaymentFailed, ShipmentNotification, DeliveryNotification],
    ordered: true,
  })
  async follow(heard: Heard<Told>, unit: Unit): Promise<void> {
    if (isOf(heard, InvoiceIssued)) return this.sellers.enter(heard.payload, unit);
    if (isOf(heard, ShipmentNotification)) return this.sellers.followShipment(heard.payload, unit);
    if (isOf(heard, DeliveryNotification)) return this.sellers.followPackage(heard.payload, unit);
    if (isOf(heard, PaymentConfirmed))
      return this.sellers.move(orderOf(heard.payload), 'PAYMENT_PROCESSED', unit);
    if (isOf(heard, PaymentFailed)) return this.sellers.move(orderOf(heard.payload), 'PAYMENT_FAILED', unit);
  }
}

function orderOf(paid: PaymentConfirmed | PaymentFailed): { customerId: number; orderId: number } {
  return { customerId: paid.customer.CustomerId, orderId: paid.orderId };
}
