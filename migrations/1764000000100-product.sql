-- Product: what sellers offer, and the numbered history of every change.

select banyan.found_module('product');

create table product.products (
  seller_id integer not null,
  product_id integer not null,           -- unique only within its seller
  name text not null,
  sku text not null,
  category text not null,
  description text not null,
  price numeric(12,2) not null constraint products_price_not_negative check (price >= 0),
  freight_value numeric(12,2) not null constraint products_freight_not_negative check (freight_value >= 0),
  status text not null default 'approved',
  version text not null,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (seller_id, product_id)
) with (fillfactor = 80);                -- prices change in place

-- The number that the seller gave last. Its row lock, held to the commit, makes numbers dense and their order the order
-- of the commits.
create table product.seller_sequences (
  seller_id integer primary key,
  last_sequence bigint not null
) with (fillfactor = 50);

-- Every real change, numbered in its own transaction: what the causality checker reads, and where product finds the last
-- price of a version that is no longer current.
create table product.product_updates (
  seller_id integer not null,
  sequence bigint not null,
  product_id integer not null,
  kind text not null constraint product_updates_kind_known check (kind in ('created', 'price', 'replaced')),
  version text not null,
  price numeric(12,2) not null,
  tid text not null,                     -- instanceId of a price update, version of a replacement
  at timestamptz not null default now(),
  primary key (seller_id, sequence)
);
create index product_updates_of_version on product.product_updates (seller_id, product_id, version, sequence);
