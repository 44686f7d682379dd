import { z } from 'zod';
import { buyerAt, CheckoutDetails } from '#marketplace/cart';
import { Money } from '#marketplace/money';
import { Tid, text } from '#marketplace/text';
import { type EventOf, event } from '#platform/events';

/** One line of an order. `total_items` is price times quantity; `total_amount` is that less the incentive. */
export const OrderItem = z.object({
  order_id: z.number().int(),
  /** 1..n within the order. */
  order_item_id: z.number().int().min(1),
  seller_id: z.number().int(),
  product_id: z.number().int(),
  product_name: text(500),
  unit_price: Money,
  /** Per line, not per piece. */
  freight_value: Money,
  quantity: z.number().int().min(1),
  total_items: Money,
  total_amount: Money,
  /** The line's voucher, capped at `total_items`. */
  total_incentive: Money,
  shipping_limit_date: z.iso.datetime(),
});
export type OrderItem = z.infer<typeof OrderItem>;

/** An order exists and its customer owes `totalInvoice`. */
export const InvoiceIssued = event('InvoiceIssued', {
  from: 'order',
  schema: z.object({
    customer: CheckoutDetails,
    orderId: z.number().int().min(1),
    /** `<customer>-<yyyyMMdd>-<order>`: unique, and the key under which the customer is charged once. */
    invoiceNumber: text(100).min(1),
    issueDate: z.iso.datetime(),
    totalInvoice: Money,
    items: z.array(OrderItem).min(1),
    instanceId: Tid,
  }),
  key: (payload) => `customer:${payload.customer.CustomerId}`,
  personal: buyerAt('customer'),
});
export type InvoiceIssued = EventOf<typeof InvoiceIssued>;

/**
 * No order will come of a confirmed reservation: making it failed for good. Whoever holds goods for it lets
 * go.
 */
export const OrderAbandoned = event('OrderAbandoned', {
  from: 'order',
  schema: z.object({ customerId: z.number().int(), instanceId: Tid }),
  key: (payload) => `customer:${payload.customerId}`,
});
export type OrderAbandoned = EventOf<typeof OrderAbandoned>;
