-- Stock: how many pieces of each product there are, and who has a claim on them.
select banyan.found_module('stock');

create table stock.stock_items (
  seller_id integer not null,
  product_id integer not null,
  qty_available integer not null,
  qty_reserved integer not null default 0,
  order_count integer not null default 0,
  ytd integer not null default 0,
  data text not null default '',
  version text not null,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (seller_id, product_id),
  -- The database itself refuses to oversell (invariant I1).
  constraint stock_items_not_oversold check (qty_reserved >= 0 and qty_reserved <= qty_available)
) with (fillfactor = 70); -- updated all the time, by columns that no index knows: room for them on the same page

-- What was asked of stock at each checkout, line by line, and what became of it: the ledger that makes a reservation and its
-- settlement happen once, and the proof that no replaced version was sold (invariant I11).
create table stock.reservations (
  tid text not null,
  line integer not null,
  seller_id integer not null,
  product_id integer not null,
  quantity integer not null,
  item_version text not null,
  stock_version text,                   -- null: there was no such stock
  outcome text not null,
  settled text,                         -- what became of the pieces; null: they are still held
  at timestamptz not null default clock_timestamp(),
  primary key (tid, line),
  constraint reservations_outcome check (outcome in ('RESERVED', 'UNAVAILABLE', 'OUT_OF_STOCK')),
  constraint reservations_settled check (settled in ('sold', 'released')),
  constraint reservations_version check (outcome <> 'RESERVED' or item_version = stock_version)
) with (fillfactor = 90);
