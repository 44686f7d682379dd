import { fromCents, toCents } from '#marketplace/money';
import type { Order, OrderItem } from './contract/index.js';
import type { OrderEntity } from './entities/order.entity.js';
import type { OrderItemEntity } from './entities/order-item.entity.js';

/** An order's row as others see it: amounts as numbers, dates as ISO 8601. */
export function toOrder(row: OrderEntity): Order {
  return {
    customer_id: row.customer_id,
    order_id: row.order_id,
    invoice_number: row.invoice_number,
    tid: row.tid,
    status: row.status,
    purchase_date: row.purchase_date.toISOString(),
    payment_date: row.payment_date?.toISOString() ?? null,
    delivered_carrier_date: row.delivered_carrier_date?.toISOString() ?? null,
    delivered_customer_date: row.delivered_customer_date?.toISOString() ?? null,
    estimated_delivery_date: row.estimated_delivery_date?.toISOString() ?? null,
    count_items: row.count_items,
    total_items: amount(row.total_items),
    total_incentive: amount(row.total_incentive),
    total_amount: amount(row.total_amount),
    total_freight: amount(row.total_freight),
    total_invoice: amount(row.total_invoice),
  };
}

/** A line's row as others see it; its incentive is what `total_amount` is short of `total_items`. */
export function toOrderItem(row: OrderItemEntity): OrderItem {
  return {
    order_id: row.order_id,
    order_item_id: row.order_item_id,
    seller_id: row.seller_id,
    product_id: row.product_id,
    product_name: row.product_name,
    unit_price: amount(row.unit_price),
    freight_value: amount(row.freight_value),
    quantity: row.quantity,
    total_items: amount(row.total_items),
    total_amount: amount(row.total_amount),
    total_incentive: fromCents(toCents(row.total_items) - toCents(row.total_amount)),
    shipping_limit_date: row.shipping_limit_date.toISOString(),
  };
}

/** Postgres hands out `numeric` as a string. */
function amount(numeric: string): number {
  return fromCents(toCents(numeric));
}
