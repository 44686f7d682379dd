import type { PaymentConfirmed } from '#marketplace/payment';
import { anInvoice, paid } from '../order/order.sample.js';

/** A paid order for specs: one line per seller in `sellers`, each of another product. */
export function paidOrder(customerId: number, orderId: number, sellers: readonly number[]): PaymentConfirmed {
  return paid(anInvoice({ customerId, orderId, lines: sellers.map((seller_id) => ({ seller_id })) }));
}
