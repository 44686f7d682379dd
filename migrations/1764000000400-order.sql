-- Order: what customers bought, and how far it has come.
select banyan.found_module('order');

-- One row per customer: locking it is what makes order numbers dense (invariant I8).
create table "order".customer_orders (
  customer_id integer not null primary key,
  next_order_id integer not null
) with (fillfactor = 70);

create table "order".orders (
  customer_id integer not null,
  order_id integer not null,
  invoice_number text not null,
  tid text not null,
  status text not null,
  purchase_date timestamptz not null,
  payment_date timestamptz,
  delivered_carrier_date timestamptz,
  delivered_customer_date timestamptz,
  estimated_delivery_date timestamptz,
  count_items integer not null,
  total_amount numeric(12,2) not null,
  total_freight numeric(12,2) not null,
  total_incentive numeric(12,2) not null,
  total_invoice numeric(12,2) not null,
  total_items numeric(12,2) not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (customer_id, order_id),
  constraint orders_tid unique (tid),   -- one order per checkout, whoever asks twice (invariant I15)
  constraint orders_status check (status in ('CREATED', 'PROCESSING', 'APPROVED', 'CANCELED', 'UNAVAILABLE', 'INVOICED',
    'PAYMENT_PROCESSED', 'PAYMENT_FAILED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT', 'DELIVERED')),
  constraint orders_totals check (total_amount = total_items - total_incentive
    and total_invoice = total_amount + total_freight and total_incentive >= 0 and total_amount >= 0 and total_freight >= 0)
) with (fillfactor = 80);

create table "order".order_items (
  customer_id integer not null,
  order_id integer not null,
  order_item_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  unit_price numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  quantity integer not null,
  total_items numeric(12,2) not null,
  total_amount numeric(12,2) not null,
  shipping_limit_date timestamptz not null,
  primary key (customer_id, order_id, order_item_id),
  constraint order_items_order foreign key (customer_id, order_id) references "order".orders on delete cascade,
  constraint order_items_amounts check (quantity > 0 and total_items = unit_price * quantity
    and total_amount >= 0 and total_amount <= total_items)
);

create table "order".order_history (
  id bigint generated always as identity primary key,
  customer_id integer not null,
  order_id integer not null,
  status text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint order_history_order foreign key (customer_id, order_id) references "order".orders on delete cascade,
  constraint order_history_once unique (customer_id, order_id, status) -- each status once (invariant I12)
);

-- Orders that have come to an end, kept for later questions (criterion C10, invariant I19).
create table "order".audit_log (
  customer_id integer not null,
  order_id integer not null,
  status text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (customer_id, order_id),
  constraint audit_log_status check (status in ('DELIVERED', 'PAYMENT_FAILED'))
);
