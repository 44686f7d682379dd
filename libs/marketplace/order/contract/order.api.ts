import type { OrderItem } from './order.events.js';

/**
 * Where an order can stand. UNAVAILABLE, CREATED, PROCESSING, APPROVED and CANCELED are words of the domain
 * without a use yet.
 */
export type OrderStatus =
  | 'CREATED'
  | 'PROCESSING'
  | 'APPROVED'
  | 'CANCELED'
  | 'UNAVAILABLE'
  | 'INVOICED'
  | 'PAYMENT_PROCESSED'
  | 'PAYMENT_FAILED'
  | 'READY_FOR_SHIPMENT'
  | 'IN_TRANSIT'
  | 'DELIVERED';

/** An order without its lines. Dates are ISO 8601, amounts as in money's contract. */
export interface Order {
  readonly customer_id: number;
  /** 1..n per customer. */
  readonly order_id: number;
  readonly invoice_number: string;
  /** Id of the checkout that made it. */
  readonly tid: string;
  readonly status: OrderStatus;
  readonly purchase_date: string;
  readonly payment_date: string | null;
  readonly delivered_carrier_date: string | null;
  readonly delivered_customer_date: string | null;
  readonly estimated_delivery_date: string | null;
  readonly count_items: number;
  readonly total_items: number;
  readonly total_incentive: number;
  readonly total_amount: number;
  readonly total_freight: number;
  readonly total_invoice: number;
}

/** An order with its lines and everything that happened to it, oldest first. */
export interface OrderInFull extends Order {
  readonly items: readonly OrderItem[];
  readonly history: readonly { readonly status: OrderStatus; readonly created_at: string }[];
}

/** What others may ask of order. */
export abstract class OrderApi {
  /** @throws Refusal `order.unknown` */
  abstract find(customerId: number, orderId: number): Promise<OrderInFull>;

  /** A customer's orders, oldest first; none for a customer who never ordered. */
  abstract list(customerId: number): Promise<Order[]>;

  /** Back to the start of a benchmark run: no orders. */
  abstract reset(): Promise<void>;

  /** Forgets everything. */
  abstract cleanup(): Promise<void>;
}
