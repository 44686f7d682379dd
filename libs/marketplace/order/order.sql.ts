/** The SQL of order, a constant per statement: Postgres prepares each once per connection. */

import { isoColumn } from '#marketplace/text';

/**
 * The customer's next order number, and the lock that makes numbers dense (J14); no row when the checkout has
 * its order already. ($1 customer, $2 tid)
 */
export const nextOrderId = `
  insert into "order".customer_orders as c (customer_id, next_order_id)
  select $1, 1 where not exists (select from "order".orders where tid = $2)
  on conflict (customer_id) do update set next_order_id = c.next_order_id + 1
  returning next_order_id as order_id`;

/**
 * An order with its lines and the first row of its history, in one statement.
 * ($1 customer, $2 order, $3 invoice, $4 tid, $5 purchase date, $6 lines, $7..$11 totals: items, incentive,
 * amount, freight, invoice; then per line: $12 number, $13 seller, $14 product, $15 name, $16 price, $17
 * freight, $18 quantity, $19 items, $20 amount, $21 shipping limit)
 */
export const insertOrder = `
  with new_order as (
    insert into "order".orders (customer_id, order_id, invoice_number, tid, status, purchase_date, count_items,
      total_items, total_incentive, total_amount, total_freight, total_invoice)
    values ($1, $2, $3, $4, 'INVOICED', $5, $6, $7, $8, $9, $10, $11)
  ), lines as (
    insert into "order".order_items (customer_id, order_id, order_item_id, seller_id, product_id, product_name,
      unit_price, freight_value, quantity, total_items, total_amount, shipping_limit_date)
    select $1, $2, * from unnest($12::int[], $13::int[], $14::int[], $15::text[], $16::numeric[], $17::numeric[],
      $18::int[], $19::numeric[], $20::numeric[], $21::timestamptz[])
  )
  insert into "order".order_history (customer_id, order_id, status) values ($1, $2, 'INVOICED')`;

/** Where an order stands, locked. ($1 customer, $2 order) */
export const lockOrder = `
  select status from "order".orders where customer_id = $1 and order_id = $2 for update`;

/**
 * Moves an order and writes its history, and its audit row when it ends.
 * ($1 customer, $2 order, $3 status, $4 what is stamped or null, $5 the stamp, $6 whether it ends)
 */
export const moveOrder = `
  with moved as (
    update "order".orders set status = $3, updated_at = now(),
      payment_date = case when $4 = 'payment_date' then $5::timestamptz else payment_date end,
      delivered_carrier_date =
        case when $4 = 'delivered_carrier_date' then $5::timestamptz else delivered_carrier_date end,
      delivered_customer_date =
        case when $4 = 'delivered_customer_date' then $5::timestamptz else delivered_customer_date end
    where customer_id = $1 and order_id = $2
    returning customer_id, order_id, status
  ), audited as (
    insert into "order".audit_log (customer_id, order_id, status)
    select customer_id, order_id, status from moved where $6
  )
  insert into "order".order_history (customer_id, order_id, status)
  select customer_id, order_id, status from moved`;

/** The columns of an order in its contract's words. */
const ORDER = `
  customer_id, order_id, invoice_number, tid, status, ${isoColumn('purchase_date')}, ${isoColumn('payment_date')},
  ${isoColumn('delivered_carrier_date')}, ${isoColumn('delivered_customer_date')}, ${isoColumn('estimated_delivery_date')},
  count_items, total_items, total_incentive, total_amount, total_freight, total_invoice`;

/** Those of a line; its incentive is what `total_amount` is short of `total_items`. */
const LINE = `
  order_id, order_item_id, seller_id, product_id, product_name, unit_price, freight_value, quantity, total_items,
  total_amount, total_items - total_amount as total_incentive, ${isoColumn('shipping_limit_date')}`;

const OF_ORDER = 'where customer_id = $1 and order_id = $2';

/**
 * An order with its lines and what it has been through, each in order. One statement, so that all of it is as of one moment, and
 * JSON, in which amounts are numbers. ($1 customer, $2 order)
 */
export const findOrder = `
  select to_json(found) as "order" from (
    select ${ORDER},
      (select coalesce(json_agg(line order by order_item_id), '[]')
        from (select ${LINE} from "order".order_items ${OF_ORDER}) line) as items,
      (select coalesce(json_agg(json_build_object('status', status, 'created_at', created_at) order by id), '[]')
        from (select id, status, ${isoColumn('created_at')} from "order".order_history ${OF_ORDER}) step) as history
    from "order".orders ${OF_ORDER}) found`;

/** The orders of a customer, oldest first. ($1 customer) */
export const listOrders = `
  select to_json(found) as "order"
  from (select ${ORDER} from "order".orders where customer_id = $1) found order by order_id`;
