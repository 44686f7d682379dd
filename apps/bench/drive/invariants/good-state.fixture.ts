import type { Scope } from './invariant.js';

/** The run that the good state tells of: seller 1 with two products of 100 units, customers 1 and 2. */
export const SCOPE: Scope = {
  tidPrefix: 'r1-',
  firstSeller: 1,
  lastSeller: 1,
  qty: 100,
  accepted: ['r1-1-1', 'r1-1-2', 'r1-1-3', 'r1-1-4', 'r1-2-1', 'r1-2-2', 'r1-2-3'],
};

/**
 * A shop at rest in which every invariant holds, and something of every kind has happened:
 * r1-1-1 was delivered (order 1/1, two lines, a voucher); r1-1-2 is half delivered (order 1/2); r1-2-1 could not be paid (order 2/1);
 * r1-1-3 was refused by stock; r1-1-4 was aborted; r1-2-2 made product 1 dearer; r1-2-3 replaced product 2.
 */
export const GOOD_STATE = `
insert into product.products (seller_id, product_id, name, sku, category, description, price, freight_value, version) values
  (1, 1, 'lamp', 'A', 'home', '', 11, 1, '0'),
  (1, 2, 'chair', 'B', 'home', '', 20, 2, 'r1-2-3');
insert into product.product_updates (seller_id, sequence, product_id, kind, version, price, tid) values
  (1, 1, 1, 'created', '0', 10, '0'), (1, 2, 2, 'created', '0', 20, '0'),
  (1, 3, 1, 'price', '0', 11, 'r1-2-2'), (1, 4, 2, 'replaced', 'r1-2-3', 20, 'r1-2-3');
insert into cart.replica_products (seller_id, product_id, name, price, version, active) values
  (1, 1, 'lamp', 11, '0', true), (1, 2, 'chair', 20, 'r1-2-3', true);
insert into stock.stock_items (seller_id, product_id, qty_available, qty_reserved, version) values
  (1, 1, 95, 0, '0'), (1, 2, 98, 0, 'r1-2-3');
insert into stock.reservations (tid, line, seller_id, product_id, quantity, item_version, stock_version, outcome) values
  ('r1-1-1', 1, 1, 1, 2, '0', '0', 'RESERVED'), ('r1-1-1', 2, 1, 2, 1, '0', '0', 'RESERVED'),
  ('r1-1-2', 1, 1, 1, 3, '0', '0', 'RESERVED'), ('r1-1-2', 2, 1, 2, 1, '0', '0', 'RESERVED'),
  ('r1-2-1', 1, 1, 1, 5, '0', '0', 'RESERVED'), ('r1-1-3', 1, 1, 1, 9, 'old', '0', 'UNAVAILABLE');
insert into cart.cart_history
  (tid, line, customer_id, seller_id, product_id, product_name, unit_price, freight_value, voucher, quantity, version) values
  ('r1-1-1', 1, 1, 1, 1, 'lamp', 10, 1, 1, 2, '0'), ('r1-1-1', 2, 1, 1, 2, 'chair', 20, 2, 0, 1, '0'),
  ('r1-1-2', 1, 1, 1, 1, 'lamp', 10, 1, 0, 3, '0'), ('r1-1-2', 2, 1, 1, 2, 'chair', 20, 2, 0, 1, '0'),
  ('r1-2-1', 1, 2, 1, 1, 'lamp', 11, 1, 0, 5, '0');

insert into "order".customer_orders (customer_id, next_order_id) values (1, 2), (2, 1);
insert into "order".orders (customer_id, order_id, invoice_number, tid, status, purchase_date, count_items, total_items,
    total_incentive, total_amount, total_freight, total_invoice) values
  (1, 1, '1-1', 'r1-1-1', 'DELIVERED', now(), 2, 40, 1, 39, 3, 42),
  (1, 2, '1-2', 'r1-1-2', 'IN_TRANSIT', now(), 2, 50, 0, 50, 3, 53),
  (2, 1, '2-1', 'r1-2-1', 'PAYMENT_FAILED', now(), 1, 55, 0, 55, 1, 56);
insert into "order".order_items (customer_id, order_id, order_item_id, seller_id, product_id, product_name, unit_price,
    freight_value, quantity, total_items, total_amount, shipping_limit_date) values
  (1, 1, 1, 1, 1, 'lamp', 10, 1, 2, 20, 19, now()), (1, 1, 2, 1, 2, 'chair', 20, 2, 1, 20, 20, now()),
  (1, 2, 1, 1, 1, 'lamp', 10, 1, 3, 30, 30, now()), (1, 2, 2, 1, 2, 'chair', 20, 2, 1, 20, 20, now()),
  (2, 1, 1, 1, 1, 'lamp', 11, 1, 5, 55, 55, now());
insert into "order".order_history (customer_id, order_id, status, created_at)
  select customer_id, order_id, status, timestamptz '2026-01-01' + step * interval '1 s' from (values
    (1, 1, 1, 'INVOICED'), (1, 1, 2, 'PAYMENT_PROCESSED'), (1, 1, 3, 'READY_FOR_SHIPMENT'), (1, 1, 4, 'IN_TRANSIT'),
    (1, 1, 5, 'DELIVERED'),
    (1, 2, 1, 'INVOICED'), (1, 2, 2, 'PAYMENT_PROCESSED'), (1, 2, 3, 'READY_FOR_SHIPMENT'), (1, 2, 4, 'IN_TRANSIT'),
    (2, 1, 1, 'INVOICED'), (2, 1, 2, 'PAYMENT_FAILED')) as h(customer_id, order_id, step, status)
  order by 1, 2, step;
insert into "order".audit_log (customer_id, order_id, status) values (1, 1, 'DELIVERED'), (2, 1, 'PAYMENT_FAILED');

insert into payment.order_payments (customer_id, order_id, sequential, type, installments, value, status) values
  (1, 1, 1, 'CREDIT_CARD', 3, 42, 'succeeded'), (1, 1, 2, 'VOUCHER', 1, 1, 'succeeded'),
  (1, 2, 1, 'BOLETO', 1, 53, 'succeeded'), (2, 1, 1, 'DEBIT_CARD', 1, 56, 'requires_payment_method');
insert into shipment.shipments (customer_id, order_id, package_count, total_freight_value, request_date, status, first_name,
    last_name, street, complement, zip_code, city, state) values
  (1, 1, 2, 3, now(), 'concluded', '', '', '', '', '', '', ''),
  (1, 2, 2, 3, now(), 'delivery_in_progress', '', '', '', '', '', '', '');
insert into shipment.packages (customer_id, order_id, package_id, seller_id, product_id, product_name, freight_value, quantity,
    shipping_date, delivery_date, status) values
  (1, 1, 1, 1, 1, 'lamp', 1, 2, now(), now(), 'delivered'), (1, 1, 2, 1, 2, 'chair', 2, 1, now(), now(), 'delivered'),
  (1, 2, 1, 1, 1, 'lamp', 1, 3, now(), now(), 'delivered'), (1, 2, 2, 1, 2, 'chair', 2, 1, now(), null, 'shipped');

insert into customer.customers (id, first_name, last_name, address, complement, birth_date, zip_code, city, state, card_number,
    card_expiration, card_holder_name, card_type, data, success_payment_count, failed_payment_count, delivery_count) values
  (1, 'Ada', '', '', '', '', '', '', '', '', '', '', '', '', 2, 0, 3),
  (2, 'Davi', '', '', '', '', '', '', '', '', '', '', '', '', 0, 1, 0);
insert into seller.order_entries (customer_id, order_id, seller_id, product_id, natural_key, product_name, product_category,
    unit_price, quantity, total_items, total_amount, total_incentive, total_invoice, freight_value, order_status)
  select i.customer_id, i.order_id, seller_id, product_id, i.customer_id || '_' || i.order_id, product_name, '', unit_price,
         quantity, i.total_items, i.total_amount, i.total_items - i.total_amount, i.total_amount + freight_value, freight_value,
         o.status
    from "order".order_items i join "order".orders o using (customer_id, order_id);

insert into benchmark.transaction_marks (tid, type, actor_id, status, source) values
  ('r1-1-1', 'CUSTOMER_SESSION', 1, 'SUCCESS', 'shipment'), ('r1-1-2', 'CUSTOMER_SESSION', 1, 'SUCCESS', 'shipment'),
  ('r1-1-3', 'CUSTOMER_SESSION', 1, 'NOT_ACCEPTED', 'stock'), ('r1-1-4', 'CUSTOMER_SESSION', 1, 'ABORT', 'stock'),
  ('r1-2-1', 'CUSTOMER_SESSION', 2, 'NOT_ACCEPTED', 'payment'), ('r1-2-2', 'PRICE_UPDATE', 1, 'SUCCESS', 'cart'),
  ('r1-2-3', 'UPDATE_PRODUCT', 1, 'SUCCESS', 'stock');
insert into banyan.deliveries (listener, event_id, partition, state, settled_at) values
  ('stock.reserve', 1, 0, 'done', now()), ('order.invoice', 2, 0, 'done', now());
`;
