-- Cart: open carts, what was submitted, and a causal replica of what sellers offer.

select banyan.found_module('cart');

create table cart.carts (
  customer_id integer primary key,
  status text not null default 'OPEN'
    constraint carts_status_known check (status in ('OPEN', 'CHECKOUT_SENT', 'PRODUCT_DIVERGENCE')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 50);                -- touched by every added item

create table cart.cart_items (
  customer_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  unit_price numeric(12,2) not null constraint cart_items_price_not_negative check (unit_price >= 0),
  freight_value numeric(12,2) not null constraint cart_items_freight_not_negative check (freight_value >= 0),
  voucher numeric(12,2) not null constraint cart_items_voucher_not_negative check (voucher >= 0),
  quantity integer not null constraint cart_items_quantity_positive check (quantity > 0),
  version text not null,
  primary key (customer_id, seller_id, product_id)
) with (autovacuum_vacuum_scale_factor = 0.05); -- every row lives for one session
-- Whom a new price concerns.
create index cart_items_of_product on cart.cart_items (seller_id, product_id);

-- What was submitted at checkout, line by line: never changed, read by the causality checker.
create table cart.cart_history (
  tid text not null,
  line integer not null constraint cart_history_line_positive check (line > 0),
  customer_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  unit_price numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  voucher numeric(12,2) not null,
  quantity integer not null,
  version text not null,
  at timestamptz not null default now(),
  primary key (tid, line)
);

-- The replica: for each seller, the state after its first n changes, where n is in replica_sellers. Only the listener
-- writes it, strictly in the seller's order, so it is always one cut through the seller's history.
create table cart.replica_products (
  seller_id integer not null,
  product_id integer not null,
  name text not null,
  price numeric(12,2) not null,
  version text not null,
  active boolean not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (seller_id, product_id)
) with (fillfactor = 80);

create table cart.replica_sellers (
  seller_id integer primary key,
  last_sequence bigint not null
) with (fillfactor = 50);

-- The last price of each version that was replaced: a cart may still hold it, and its line must be priced as of the same
-- cut as its neighbours. A cache of product's log: deleting rows costs a question at checkout, nothing else.
create table cart.retired_versions (
  seller_id integer not null,
  product_id integer not null,
  version text not null,
  price numeric(12,2) not null,
  primary key (seller_id, product_id, version)
);
