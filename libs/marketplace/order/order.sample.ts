import type { CheckoutDetails } from '#marketplace/cart';
import { fromCents, toCents } from '#marketplace/money';
import type { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import type { DeliveryNotification, ShipmentNotification } from '#marketplace/shipment';
import { details } from '../cart/cart.samples.js';
import type { InvoiceIssued, OrderItem } from './contract/index.js';

/** What a sample order is made of; what is left out is 1, or as small as it can be. */
export interface OrderParts {
  readonly customerId?: number;
  readonly orderId?: number;
  /** One line each, numbered from 1, each of another product. */
  readonly lines?: readonly LineParts[];
  /** What differs from the sample customer. */
  readonly customer?: Partial<CheckoutDetails>;
}

/** What differs from a line of one piece for 10.00, with a freight of 2.00. */
export type LineParts = Partial<
  Pick<OrderItem, 'seller_id' | 'quantity' | 'freight_value' | 'total_incentive'>
>;

/** The events of one order, for specs, begin with its invoice: the others are made of it. */
export function anInvoice({
  customerId = 1,
  orderId = 1,
  lines = [{}],
  customer,
}: OrderParts = {}): InvoiceIssued {
  const instanceId = `checkout-${customerId}-${orderId}`;
  const items = lines.map((line, index) => aLine(orderId, index + 1, line));
  const owed = items.reduce((sum, item) => sum + toCents(item.total_amount) + toCents(item.freight_value), 0);
  return {
    customer: { ...details(instanceId), CustomerId: customerId, ...customer },
    orderId,
    invoiceNumber: `${customerId}-20260101-${orderId}`,
    issueDate: '2026-01-01T00:00:00.000Z',
    totalInvoice: fromCents(owed),
    items,
    instanceId,
  };
}

function aLine(orderId: number, number: number, parts: LineParts): OrderItem {
  const { seller_id = 1, quantity = 1, freight_value = 2, total_incentive = 0 } = parts;
  return {
    order_id: orderId,
    order_item_id: number,
    seller_id,
    product_id: number,
    product_name: `Product ${number}`,
    unit_price: 10,
    freight_value,
    quantity,
    total_items: 10 * quantity,
    total_amount: fromCents(1_000 * quantity - toCents(total_incentive)),
    total_incentive,
    shipping_limit_date: '2026-01-04T00:00:00.000Z',
  };
}

/** It was paid. */
export function paid(invoice: InvoiceIssued): PaymentConfirmed {
  return { ...charge(invoice), date: '2026-01-01T00:00:01.000Z' };
}

/** It was not paid. */
export function notPaid(invoice: InvoiceIssued): PaymentFailed {
  return { ...charge(invoice), status: 'canceled' };
}

function charge({ customer, orderId, items, totalInvoice, instanceId }: InvoiceIssued) {
  return { customer, orderId, items, totalAmount: totalInvoice, instanceId };
}

/** Its shipment took a step. */
export function shipped(
  { customer, orderId, instanceId }: InvoiceIssued,
  status: ShipmentNotification['status'],
  eventDate = '2026-01-02T00:00:00.000Z',
): ShipmentNotification {
  return { customerId: customer.CustomerId, orderId, eventDate, instanceId, status };
}

/** The package of one line arrived; `line` counts from 1. */
export function delivered(
  { customer, orderId, items, instanceId }: InvoiceIssued,
  line: number,
): DeliveryNotification {
  const item = items[line - 1] as OrderItem;
  return {
    customerId: customer.CustomerId,
    orderId,
    packageId: line,
    sellerId: item.seller_id,
    productId: item.product_id,
    productName: item.product_name,
    status: 'delivered',
    deliveryDate: '2026-01-03T00:00:00.000Z',
    instanceId,
  };
}
