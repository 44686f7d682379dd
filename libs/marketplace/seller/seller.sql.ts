/** Parameters: customer, order, the invoice's items as JSON. */
export const ENTER_INVOICE = `
  insert into seller.order_entries (customer_id, order_id, seller_id, product_id, natural_key, product_name,
    product_category, unit_price, total_items, total_amount, total_incentive, total_invoice, freight_value, quantity,
    order_status)
  select $1, $2, item.seller_id, item.product_id, $1::int || '_' || $2::int, item.product_name, '', item.unit_price,
    item.total_items, item.total_amount, item.total_incentive, item.total_amount + item.freight_value,
    item.freight_value, item.quantity, 'INVOICED'
    from jsonb_to_recordset($3::jsonb) as item (seller_id integer, product_id integer, product_name text,
      unit_price numeric(12,2), total_items numeric(12,2), total_amount numeric(12,2), total_incentive numeric(12,2),
      freight_value numeric(12,2), quantity integer)
      on conflict do nothing`; // an invoice is entered once, however often it is told

/**
 * Moves an order's entries to a status; those that are further stay. Answers how many entries the order has.
 * Parameters: customer, order, status, the statuses that may lead to it.
 */
export const MOVE_ENTRIES = `
  with moved as (
    update seller.order_entries set order_status = $3
     where customer_id = $1 and order_id = $2 and order_status = any ($4::text[])
  )
  select count(*)::int as entries from seller.order_entries where customer_id = $1 and order_id = $2`;

/**
 * The same when the goods are handed over: notes when, too. The first date stays.
 * Parameters: as of MOVE_ENTRIES, date.
 */
export const MOVE_ENTRIES_SHIPPED = `
  with moved as (
    update seller.order_entries
       set order_status = case when order_status = any ($4::text[]) then $3 else order_status end,
           shipment_date = coalesce(shipment_date, $5::timestamptz),
           delivery_status = coalesce(delivery_status, 'ready_to_ship')
     where customer_id = $1 and order_id = $2
  )
  select count(*)::int as entries from seller.order_entries where customer_id = $1 and order_id = $2`;

/** Parameters: customer, order, seller, product, package, date. */
export const PACKAGE_DELIVERED = `
  update seller.order_entries
     set package_id = $5, delivery_date = $6::timestamptz, delivery_status = 'delivered'
   where customer_id = $1 and order_id = $2 and seller_id = $3 and product_id = $4
  returning 1`;

/**
 * The dashboard: the open entries and their sums in one statement, hence from one snapshot (C8, J17).
 * No row: nobody registered under that id, and nothing is open under it. Parameter: seller.
 */
export const DASHBOARD = `
  with open as materialized (
    select * from seller.order_entries
     where seller_id = $1 and order_status in ('INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT')
  )
  select json_build_object(
      'seller_id', $1::int,
      'count_orders', count(distinct natural_key), -- an order's number is only unique per customer (J16)
      'count_items', count(*),
      'total_amount', coalesce(sum(total_amount), 0),
      'total_freight', coalesce(sum(freight_value), 0),
      'total_incentive', coalesce(sum(total_items - total_amount), 0),
      'total_invoice', coalesce(sum(total_invoice), 0),
      'total_items', coalesce(sum(total_items), 0)) as "sellerView",
    coalesce(json_agg(open order by customer_id, order_id, product_id), '[]') as "orderEntries"
    from open
  having count(*) > 0 or exists (select 1 from seller.sellers where id = $1)`;
