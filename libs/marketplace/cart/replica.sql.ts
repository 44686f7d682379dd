/**
 * A seller's change may be applied when it is the next one of that seller, or the first one heard of the seller. `turn`
 * has a row iff it may; everything else in a statement hangs on it. $1 seller, $2 number of the change.
 */
const TURN = `
turn as (
  insert into cart.replica_sellers as s (seller_id, last_sequence) values ($1, $2)
  on conflict (seller_id) do update set last_sequence = excluded.last_sequence
    where s.last_sequence = excluded.last_sequence - 1
  returning seller_id
)`;

/**
 * $3 product, $4 price, $5 version. The replica's price, and the lines in carts that agreed with it before. A line that
 * did not agree may come from a customer who saw a later change than this one, so it must not be touched: its checkout
 * asks product. Lines that somebody holds locked are left to their checkout too, so a batch never waits for a customer.
 */
export const APPLY_PRICE = `
with ${TURN}, moved as (
  update cart.replica_products r set price = $4, updated_at = now()
  from turn, cart.replica_products was
  where r.seller_id = turn.seller_id and r.product_id = $3 and r.version = $5
    and was.seller_id = r.seller_id and was.product_id = r.product_id
  returning r.seller_id, r.product_id, r.version, was.price as old_price
), agreeing as (
  select i.customer_id, i.seller_id, i.product_id
  from cart.cart_items i
  join moved on i.seller_id = moved.seller_id and i.product_id = moved.product_id
    and i.version = moved.version and i.unit_price = moved.old_price
  for update of i skip locked
), followed as (
  update cart.cart_items i set unit_price = $4, voucher = i.voucher + greatest(0, $4 - i.unit_price)
  from agreeing a
  where i.customer_id = a.customer_id and i.seller_id = a.seller_id and i.product_id = a.product_id
)
select seller_id from turn`;

/** $3 product, $4 name, $5 price, $6 version, $7 active. The version that it replaces retires with its last price. */
export const APPLY_PRODUCT = `
with ${TURN}, retired as (
  insert into cart.retired_versions (seller_id, product_id, version, price)
  select r.seller_id, r.product_id, r.version, r.price
  from turn join cart.replica_products r on r.seller_id = turn.seller_id and r.product_id = $3 and r.version <> $6
  on conflict (seller_id, product_id, version) do update set price = excluded.price
)
insert into cart.replica_products as r (seller_id, product_id, name, price, version, active)
select seller_id, $3::int, $4::text, $5::numeric, $6::text, $7::boolean from turn
on conflict (seller_id, product_id) do update set
  (name, price, version, active, updated_at) = (excluded.name, excluded.price, excluded.version, excluded.active, now())
returning r.seller_id`;
