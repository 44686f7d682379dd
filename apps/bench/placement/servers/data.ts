import type { Client } from 'pg';

/** How much there is. */
export interface Amounts {
  /** Orders to track, one per customer from 1 up. */
  readonly orders: number;
  /** Carts to check out, one per customer from 1 up. */
  readonly carts: number;
}

/** Sellers 1..100 with products 1..10 each; every order and every cart has three lines. */
const SELLERS = 100;
const PRODUCTS = 10;
const LINES = 3;

/** One delivered half of the way: paid by card with a voucher line, shipped, one of three packages delivered. */
const ORDERS = [
  `insert into "order".customer_orders select c, 1 from generate_series(1, $1::int) c`,
  `insert into "order".orders (customer_id, order_id, invoice_number, tid, status, purchase_date, payment_date,
     delivered_carrier_date, count_items, total_amount, total_freight, total_incentive, total_invoice, total_items)
   select c, 1, 'invoice-' || c, 'tid-' || c, 'IN_TRANSIT', now() - interval '3 days', now() - interval '3 days',
     now() - interval '1 day', ${LINES}, 117, 15, 3, 132, 120 from generate_series(1, $1::int) c`,
  `insert into "order".order_items (customer_id, order_id, order_item_id, seller_id, product_id, product_name, unit_price,
     freight_value, quantity, total_items, total_amount, shipping_limit_date)
   select c, 1, l, (c + l) % ${SELLERS} + 1, l, 'product number ' || l || ' with a name', 20, 5, 2, 40, 39, now()
   from generate_series(1, $1::int) c, generate_series(1, ${LINES}) l`,
  `insert into "order".order_history (customer_id, order_id, status, created_at)
   select c, 1, step.status, now() - step.days * interval '1 day' from generate_series(1, $1::int) c,
     (values ('INVOICED', 3), ('PAYMENT_PROCESSED', 3), ('READY_FOR_SHIPMENT', 2), ('IN_TRANSIT', 1)) step (status, days)`,
  `insert into payment.order_payments (customer_id, order_id, sequential, type, installments, value, status)
   select c, 1, s, case s when 1 then 'CREDIT_CARD' else 'VOUCHER' end, 1, case s when 1 then 132 else 3 end, 'succeeded'
   from generate_series(1, $1::int) c, generate_series(1, 2) s`,
  `insert into payment.order_payment_cards
   select c, 1, 1, '************0002', 'Ada Vento', '1239', 'VISA' from generate_series(1, $1::int) c`,
  `insert into shipment.shipments select c, 1, ${LINES}, 15, now() - interval '2 days', 'delivery_in_progress', 'Ada',
     'Vento', '1 Fig Street', '', '10001', 'Banyan Hill', 'BH' from generate_series(1, $1::int) c`,
  `insert into shipment.packages (customer_id, order_id, package_id, seller_id, product_id, product_name, freight_value,
     quantity, shipping_date, delivery_date, status)
   select c, 1, l, (c + l) % ${SELLERS} + 1, l, 'product number ' || l || ' with a name', 5, 2, now() - interval '2 days',
     case l when 1 then now() end, case l when 1 then 'delivered' else 'shipped' end
   from generate_series(1, $1::int) c, generate_series(1, ${LINES}) l`,
  `insert into shipment.bookings (booking_key, customer_id, order_id, tid, status, calls, carrier_id, called_at, answered_at)
   select c || '-1', c, 1, 'tid-' || c, 'booked', 1, 'carrier-' || c, now(), now() from generate_series(1, $1::int) c`,
];

const PRODUCT = [
  `insert into product.products (seller_id, product_id, name, sku, category, description, price, freight_value, version)
   select s, p, 'product number ' || p || ' with a name', 'SKU' || s || '-' || p, 'home', 'A thing.', 10 + p, 5, '0'
   from generate_series(1, ${SELLERS}) s, generate_series(1, ${PRODUCTS}) p`,
  `insert into product.seller_sequences select s, ${PRODUCTS} from generate_series(1, ${SELLERS}) s`,
  `insert into product.product_updates (seller_id, sequence, product_id, kind, version, price, tid)
   select seller_id, product_id, product_id, 'created', version, price, version from product.products`,
];

/** The replica in cart stays empty, so product is asked about every line: the long way. */
const CARTS = `
insert into cart.carts (customer_id) select c from generate_series(1, $1::int) c
on conflict (customer_id) do update set status = 'OPEN'`;
const LINES_IN_CARTS = `
insert into cart.cart_items
  (customer_id, seller_id, product_id, product_name, unit_price, freight_value, quantity, voucher, version)
select c, (c + l) % ${SELLERS} + 1, l, 'product number ' || l || ' with a name', 10 + l, 5, 2, 0, '0'
from generate_series(1, $1::int) c, generate_series(1, ${LINES}) l`;

/** Fills the template: what is tracked, and what is asked about products. */
export async function fill(client: Client, { orders }: Pick<Amounts, 'orders'>): Promise<void> {
  for (const statement of ORDERS) await client.query(statement, [orders]);
  for (const statement of PRODUCT) await client.query(statement);
  // So that the first reader does not write hint bits for the others, and every plan is made from the same statistics.
  await client.query('vacuum analyze');
}

/** Puts everybody's cart back as it was before a round. */
export async function refillCarts(client: Client, carts: number): Promise<void> {
  await client.query('truncate cart.cart_items, cart.cart_history');
  await client.query(CARTS, [carts]);
  await client.query(LINES_IN_CARTS, [carts]);
  await client.query('vacuum analyze cart.carts, cart.cart_items');
  await client.query('checkpoint'); // or one variant pays for what another one wrote
}
