import type { CartItem } from '#marketplace/cart';
import { fromCents, toCents } from '#marketplace/money';
import type { OrderItem } from './contract/index.js';

/** Days from the order until a seller must have shipped a line. */
const SHIPPING_DAYS = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The most that an amount's column holds, numeric(12,2), in cents. */
const MOST_CENTS = 999_999_999_999;

/** Whether lines cost more than the books can hold; nobody pays that, but anybody can ask for it. */
export function tooDear(items: readonly CartItem[]): boolean {
  const cost = (item: CartItem) => toCents(item.UnitPrice) * item.Quantity + toCents(item.FreightValue);
  return items.reduce((cents, item) => cents + cost(item), 0) > MOST_CENTS;
}

/** What an order comes to. Every amount is the exact sum of its lines'. */
export interface Totals {
  readonly count_items: number;
  /** Prices times quantities. */
  readonly total_items: number;
  /** What vouchers took off. */
  readonly total_incentive: number;
  /** total_items less total_incentive. */
  readonly total_amount: number;
  readonly total_freight: number;
  /** What the customer owes: total_amount and total_freight. */
  readonly total_invoice: number;
}

/**
 * Prices the lines of an order (specification 5.1, step 4). A voucher takes off at most what its line costs
 * (J4), freight is per line and not per piece (J27); all sums are made in whole cents.
 *
 * @param orderId the order's number
 * @param items the reserved lines, in the order of the cart; not {@link tooDear}
 * @param now when the order is made
 */
export function price(
  orderId: number,
  items: readonly CartItem[],
  now: Date,
): { items: OrderItem[]; totals: Totals } {
  const limit = new Date(now.getTime() + SHIPPING_DAYS * DAY_MS).toISOString();
  const lines = items.map((item, index) => priceLine(orderId, index + 1, item, limit));
  const sum = (pick: (line: OrderItem) => number) =>
    lines.reduce((cents, line) => cents + toCents(pick(line)), 0);
  const amount = sum((line) => line.total_amount);
  const freight = sum((line) => line.freight_value);
  const totals = {
    count_items: lines.length,
    total_items: fromCents(sum((line) => line.total_items)),
    total_incentive: fromCents(sum((line) => line.total_incentive)),
    total_amount: fromCents(amount),
    total_freight: fromCents(freight),
    total_invoice: fromCents(amount + freight),
  };
  return { items: lines, totals };
}

function priceLine(orderId: number, number: number, item: CartItem, limit: string): OrderItem {
  const line = toCents(item.UnitPrice) * item.Quantity;
  const incentive = Math.min(toCents(item.Voucher), line);
  return {
    order_id: orderId,
    order_item_id: number,
    seller_id: item.SellerId,
    product_id: item.ProductId,
    product_name: item.ProductName,
    unit_price: item.UnitPrice,
    freight_value: item.FreightValue,
    quantity: item.Quantity,
    total_items: fromCents(line),
    total_amount: fromCents(line - incentive),
    total_incentive: fromCents(incentive),
    shipping_limit_date: limit,
  };
}

/** Number of an invoice: `<customer>-<yyyyMMdd>-<order>`, by the day in UTC. */
export function invoiceNumber(customerId: number, orderId: number, now: Date): string {
  return `${customerId}-${now.toISOString().slice(0, 10).replaceAll('-', '')}-${orderId}`;
}
