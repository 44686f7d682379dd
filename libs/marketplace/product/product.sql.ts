/**
 * The statements that change a product. Each changes the product, takes the seller's next number and logs the change in
 * one round trip. The number's row lock is held to the commit, so the order of numbers is the order of commits. All take
 * the product's row before the seller's, which rules deadlocks out.
 */

const LOGGED = `
  insert into product.product_updates (seller_id, sequence, product_id, kind, version, price, tid)
  select seller_id, sequence, product_id`;

/** $1 seller, $2 product, $3 price, $4 version, $5 tid. A row iff the product exists; `applied` iff it changed. */
export const SET_PRICE = `
with changed as (
  update product.products set price = $3, updated_at = now()
  where seller_id = $1 and product_id = $2 and version = $4 and price <> $3
  returning seller_id, product_id, version, price
), numbered as (
  update product.seller_sequences s set last_sequence = s.last_sequence + 1
  from changed where s.seller_id = changed.seller_id
  returning s.last_sequence as sequence
), logged as (${LOGGED}, 'price', version, price, $5 from changed, numbered
)
select numbered.sequence is not null as applied, coalesce(numbered.sequence, s.last_sequence)::float8 as sequence
from product.products p
join product.seller_sequences s using (seller_id)
left join numbered on true
where p.seller_id = $1 and p.product_id = $2`;

const ALL = 'name, sku, category, description, price, freight_value, status, version, active';
const each = (prefix: string) => ALL.replace(/\w+/g, (column) => `${prefix}.${column}`);

/**
 * $1 to $11 the product's columns, $12 whether it may be new. One row: `known` iff the product existed before, `sequence`
 * iff it changed (offering it again unchanged is no change), `created` iff this made it.
 */
export const PUT_PRODUCT = `
with changed as (
  insert into product.products as p (seller_id, product_id, ${ALL})
  select $1::int, $2::int, $3::text, $4::text, $5::text, $6::text, $7::numeric, $8::numeric, $9::text, $10::text, $11::boolean
  where $12::boolean or exists (select from product.products where seller_id = $1 and product_id = $2)
  on conflict (seller_id, product_id) do update set (${ALL}, updated_at) = (${each('excluded')}, now())
    where (${each('p')}) is distinct from (${each('excluded')})
  returning seller_id, product_id, version, price, xmax = 0 as created -- xmax is 0 on a row that no update made
), numbered as (
  insert into product.seller_sequences as s (seller_id, last_sequence)
  select seller_id, 1 from changed
  on conflict (seller_id) do update set last_sequence = s.last_sequence + 1
  returning last_sequence as sequence
), logged as (${LOGGED}, case when created then 'created' else 'replaced' end, version, price, version
  from changed, numbered
)
select
  exists (select from product.products where seller_id = $1 and product_id = $2) as known,
  (select sequence from numbered)::float8 as sequence,
  (select created from changed) as created`;

/** $1..$4 arrays: seller, product, version, price held. One row per line, all from one snapshot. */
export const FACTS = `
select
  line.seller_id as "sellerId", line.product_id as "productId", line.version, line.price::float8 as price,
  case when p.version = line.version then p.price else last.price end::float8 as "lastPrice",
  coalesce(s.last_sequence, 0)::float8 as sequence
from unnest($1::int[], $2::int[], $3::text[], $4::numeric[]) as line (seller_id, product_id, version, price)
left join product.seller_sequences s on s.seller_id = line.seller_id
left join product.products p on p.seller_id = line.seller_id and p.product_id = line.product_id
left join lateral (
  select u.price from product.product_updates u
  where u.seller_id = line.seller_id and u.product_id = line.product_id and u.version = line.version
  order by u.sequence desc limit 1
) last on p.version is distinct from line.version`;

/** Numbers go on where they were, so that whoever remembers an old number never takes a new change for an old one. */
export const RENUMBER = `
with numbered as (
  select p.seller_id, p.product_id, p.version, p.price,
    s.last_sequence + row_number() over (partition by p.seller_id order by p.product_id) as sequence
  from product.products p join product.seller_sequences s using (seller_id)
), logged as (${LOGGED}, 'created', version, price, version from numbered
)
update product.seller_sequences s set last_sequence = latest.sequence
from (select seller_id, max(sequence) as sequence from numbered group by seller_id) latest
where s.seller_id = latest.seller_id`;
