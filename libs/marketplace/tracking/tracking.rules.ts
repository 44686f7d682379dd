import type { OrderInFull } from '#marketplace/order';
import type { PaymentLine } from '#marketplace/payment';
import type { Shipment } from '#marketplace/shipment';

/** Where an order is, told by the three modules that know. A part that does not exist yet is `pending`. */
export interface Tracking {
  customerId: number;
  orderId: number;
  /** The same in one sentence, for people. */
  summary: string;
  order: OrderInFull;
  payment: { state: 'pending' } | { state: 'settled'; lines: PaymentLine[] };
  shipment: { state: 'pending' } | { state: 'known'; delivered: number; shipment: Shipment };
}

/** Puts one answer together from the three. */
export function compose(
  order: OrderInFull,
  payment: PaymentLine[] | undefined,
  shipment: Shipment | undefined,
): Tracking {
  const delivered = shipment?.packages.filter((parcel) => parcel.status === 'delivered').length ?? 0;
  return {
    customerId: order.customer_id,
    orderId: order.order_id,
    summary: summaryOf(order, payment, shipment, delivered),
    order,
    payment: payment ? { state: 'settled', lines: payment } : { state: 'pending' },
    shipment: shipment ? { state: 'known', delivered, shipment } : { state: 'pending' },
  };
}

/**
 * The furthest that any of the three knows of: they hear of each other by events, so each may be a moment behind another.
 */
function summaryOf(
  order: OrderInFull,
  payment: PaymentLine[] | undefined,
  shipment: Shipment | undefined,
  delivered: number,
): string {
  if (shipment) {
    if (delivered === shipment.package_count) return 'Delivered: all packages have arrived.';
    if (delivered > 0) return `On the way: ${delivered} of ${shipment.package_count} packages have arrived.`;
    return `On the way: ${shipment.package_count} ${shipment.package_count === 1 ? 'package has' : 'packages have'} left.`;
  }
  const money = payment?.find((line) => line.type !== 'VOUCHER');
  if (order.status === 'PAYMENT_FAILED' || (money && money.status !== 'succeeded')) {
    return 'The payment failed: nothing was charged, and nothing will be sent.';
  }
  return money ? 'Paid: the packages are being made ready.' : 'Invoiced: waiting for the payment.';
}
