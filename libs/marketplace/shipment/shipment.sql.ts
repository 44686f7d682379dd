/**
 * Shipment, packages and the intent to book a carrier in one statement: one round trip per order, and foreign keys are
 * checked at its end.
 * Parameters: customer, order, freight, first name, last name, street, complement, zip code, city, state, parcels as JSON,
 * booking key, tid.
 */
export const SHIP = `
  with parcel as (
    select * from jsonb_to_recordset($11::jsonb) as parcel (package_id integer, seller_id integer, product_id integer,
      product_name text, freight_value numeric(12,2), quantity integer)
  ), shipped as (
    insert into shipment.shipments (customer_id, order_id, package_count, total_freight_value, request_date, status,
      first_name, last_name, street, complement, zip_code, city, state)
    values ($1, $2, (select count(*) from parcel), $3, now(), 'approved', $4, $5, $6, $7, $8, $9, $10)
  ), packed as (
    insert into shipment.packages (customer_id, order_id, package_id, seller_id, product_id, product_name, freight_value,
      quantity, shipping_date, status)
    select $1, $2, package_id, seller_id, product_id, product_name, freight_value, quantity, now(), 'shipped' from parcel
  )
  insert into shipment.bookings (booking_key, customer_id, order_id, tid) values ($12, $1, $2, $13)`;

/**
 * Only one UPDATE_DELIVERY chooses at a time, whichever process it runs in: all of them want the same oldest packages, so
 * optimistic transactions would fail each other, and skipping what another one holds would deliver out of order.
 */
export const TAKE_TURN = `
  select pg_advisory_xact_lock(hashtext('shipment'), hashtext('update-delivery'))`;

/**
 * Delivers for up to ten sellers, those with the oldest open packages, all that is open in each one's oldest order
 * (spec, section 5.4 with J11). The walk goes through packages_open once, oldest first, and jumps over sellers that it has
 * met: it ends at the tenth seller, or at the end of the open packages. Measured: 1 ms with 100,000 open packages of 1,000
 * sellers, 0.4 ms with none open; 30 ms at worst, with 100,000 open ones of fewer than ten sellers.
 * statement_timestamp(), for now() is when the transaction began: before its turn, perhaps before a package was shipped.
 */
export const DELIVER = `
  with recursive oldest as (
    (select seller_id, shipping_date, customer_id, order_id, package_id, array[seller_id] as met
       from shipment.packages where status = 'shipped'
      order by shipping_date, customer_id, order_id, package_id limit 1)
    union all
    select later.*, oldest.met || later.seller_id
      from oldest cross join lateral (
        select p.seller_id, p.shipping_date, p.customer_id, p.order_id, p.package_id
          from shipment.packages p
         where p.status = 'shipped'
           and (p.shipping_date, p.customer_id, p.order_id, p.package_id)
             > (oldest.shipping_date, oldest.customer_id, oldest.order_id, oldest.package_id)
           and p.seller_id <> all (oldest.met)
         order by p.shipping_date, p.customer_id, p.order_id, p.package_id limit 1) later
     where cardinality(oldest.met) < 10
  ), delivered as (
    update shipment.packages p set status = 'delivered', delivery_date = statement_timestamp()
      from oldest
     where p.customer_id = oldest.customer_id and p.order_id = oldest.order_id and p.seller_id = oldest.seller_id
       and p.status = 'shipped'
    returning p.customer_id, p.order_id, p.package_id, p.seller_id, p.product_id, p.product_name, p.delivery_date
  )
  select delivered.*, s.package_count, (
      select count(*)::int from shipment.packages q -- as it was before this statement
       where q.customer_id = s.customer_id and q.order_id = s.order_id and q.status = 'delivered') as delivered_before
    from delivered join shipment.shipments s using (customer_id, order_id)
   order by customer_id, order_id, package_id`;

/** Parameters: customers, orders and statuses, three arrays of one length. */
export const MOVE = `
  update shipment.shipments s set status = moved.status
    from unnest($1::int[], $2::int[], $3::text[]) as moved (customer_id, order_id, status)
   where s.customer_id = moved.customer_id and s.order_id = moved.order_id`;

/** Parameters: customer, order. */
export const FIND = `
  select to_jsonb(s) || jsonb_build_object(
      'packages', (select jsonb_agg(to_jsonb(p) order by p.package_id) from shipment.packages p
                    where p.customer_id = s.customer_id and p.order_id = s.order_id),
      'booking', (select jsonb_build_object('status', b.status, 'carrier_id', b.carrier_id) from shipment.bookings b
                   where b.customer_id = s.customer_id and b.order_id = s.order_id)) as shipment
    from shipment.shipments s where s.customer_id = $1 and s.order_id = $2`;

/** Notes that the carrier is called now, and answers with what to ask; nothing when there is nothing to ask (any more). */
export const CALL_CARRIER = `
  update shipment.bookings b set calls = b.calls + 1, called_at = now()
    from shipment.shipments s
   where b.booking_key = $1 and b.status = 'requested' and (s.customer_id, s.order_id) = (b.customer_id, b.order_id)
  returning s.package_count as packages, s.first_name || ' ' || s.last_name as recipient, s.street, s.complement,
    s.zip_code, s.city, s.state`;

/** The first answer stays. Parameters: booking key, status, carrier's id, reason. */
export const CARRIER_ANSWERED = `
  update shipment.bookings set status = $2, carrier_id = $3, reason = $4, answered_at = now()
   where booking_key = $1 and status = 'requested'`;
