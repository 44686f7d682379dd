/**
 * $1 customer, $2 to $9 the item. A row iff the cart takes items. The cart's row is locked to the commit, so adding and
 * submitting never overlap; an item that is there already is replaced (J6).
 */
export const ADD_ITEM = `
with cart as (
  insert into cart.carts as c (customer_id) values ($1)
  on conflict (customer_id) do update set updated_at = now()
  returning c.customer_id, c.status
)
insert into cart.cart_items as i
  (customer_id, seller_id, product_id, product_name, unit_price, freight_value, quantity, voucher, version)
select customer_id, $2::int, $3::int, $4::text, $5::numeric, $6::numeric, $7::int, $8::numeric, $9::text
from cart where status <> 'CHECKOUT_SENT'
on conflict (customer_id, seller_id, product_id) do update set
  (product_name, unit_price, freight_value, quantity, voucher, version) =
  (excluded.product_name, excluded.unit_price, excluded.freight_value, excluded.quantity, excluded.voucher, excluded.version)
returning i.product_id`;

/** The columns of a line in the specification's names. */
export const ITEM = `
  seller_id as "SellerId", product_id as "ProductId", product_name as "ProductName", unit_price::float8 as "UnitPrice",
  freight_value::float8 as "FreightValue", quantity as "Quantity", voucher::float8 as "Voucher", version as "Version"`;

/** $1 customer. A row per line, one with a null line for an empty cart, none without a cart. */
export const FIND_CART = `
select
  c.customer_id as "customerId", c.status, c.created_at as "createdAt", c.updated_at as "updatedAt",
  (select json_agg(item order by "SellerId", "ProductId")
    from (select ${ITEM} from cart.cart_items where customer_id = c.customer_id) item) as items
from cart.carts c where c.customer_id = $1`;

/**
 * $1 customer, $2 tid (or null). The cart beside the replica, from one snapshot: a row per line, one without a line for
 * an empty cart, none without a cart; each with how many lines were submitted under that tid already.
 */
export const REPLICATED_LINES = `
select
  c.status, (select count(*)::int from cart.cart_history where tid = $2) as submitted,
  i.seller_id as "SellerId", i.product_id as "ProductId", i.product_name as "ProductName",
  i.unit_price::float8 as "UnitPrice", i.freight_value::float8 as "FreightValue", i.quantity as "Quantity",
  i.voucher::float8 as "Voucher", i.version as "Version",
  coalesce(s.last_sequence, 0)::float8 as "replicaSequence", r.version as "replicaVersion",
  case when r.version = i.version then r.price else t.price end::float8 as "replicaPrice"
from cart.carts c
left join cart.cart_items i on i.customer_id = c.customer_id
left join cart.replica_sellers s on s.seller_id = i.seller_id
left join cart.replica_products r on r.seller_id = i.seller_id and r.product_id = i.product_id
left join cart.retired_versions t
  on t.seller_id = i.seller_id and t.product_id = i.product_id and t.version = i.version
where c.customer_id = $1
order by i.seller_id, i.product_id`;

/** $1 tid, $2 customer, $3 the priced lines as JSON, in their order. Keeps them, empties the cart and opens it. */
export const KEEP_AND_EMPTY = `
with kept as (
  insert into cart.cart_history
    (tid, line, customer_id, seller_id, product_id, product_name, unit_price, freight_value, quantity, voucher, version)
  select $1, line.number, $2, i."SellerId", i."ProductId", i."ProductName", i."UnitPrice", i."FreightValue",
    i."Quantity", i."Voucher", i."Version"
  from json_array_elements($3::json) with ordinality as line (item, number),
    json_to_record(line.item) as i ("SellerId" int, "ProductId" int, "ProductName" text, "UnitPrice" numeric,
      "FreightValue" numeric, "Quantity" int, "Voucher" numeric, "Version" text)
), emptied as (
  delete from cart.cart_items where customer_id = $2
)
update cart.carts set status = 'OPEN', updated_at = now() where customer_id = $2`;

/** $1 customer. A row iff there is a cart. The cart's row first, then its lines: the order in which adding takes them. */
export const SEAL = `
with sealed as (
  update cart.carts set status = 'OPEN', updated_at = now() where customer_id = $1 returning customer_id
), emptied as (
  delete from cart.cart_items i using sealed where i.customer_id = sealed.customer_id
)
select customer_id from sealed`;
