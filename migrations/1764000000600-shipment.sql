-- Shipment: what is on its way, one package per order line, and what the carrier was asked and answered.

select banyan.found_module('shipment');

create table shipment.shipments (
  customer_id integer not null,
  order_id integer not null,
  package_count integer not null check (package_count > 0),
  total_freight_value numeric(12,2) not null check (total_freight_value >= 0),
  request_date timestamptz not null,
  status text not null check (status in ('approved', 'delivery_in_progress', 'concluded')),
  first_name text not null,
  last_name text not null,
  street text not null,
  complement text not null,
  zip_code text not null,
  city text not null,
  state text not null,
  primary key (customer_id, order_id)
);

create table shipment.packages (
  customer_id integer not null,
  order_id integer not null,
  package_id integer not null check (package_id > 0),
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  freight_value numeric(12,2) not null check (freight_value >= 0),
  quantity integer not null check (quantity > 0),
  shipping_date timestamptz not null,
  delivery_date timestamptz,
  status text not null check (status in (
    'created', 'ready_to_ship', 'canceled', 'shipped', 'lost', 'stolen', 'seized_for_inspection',
    'returning_to_sender', 'returned_to_sender', 'awaiting_pickup_by_receiver', 'delivered')),
  primary key (customer_id, order_id, package_id),
  foreign key (customer_id, order_id) references shipment.shipments (customer_id, order_id) on delete cascade,
  check ((status = 'delivered') = (delivery_date is not null))
) with (autovacuum_vacuum_scale_factor = 0.02); -- its partial index is a queue: entries die at the head that is read first

-- The open packages, oldest first: update-delivery walks it from its head and needs nothing else of a package to choose.
create index packages_open on shipment.packages (shipping_date, customer_id, order_id, package_id, seller_id)
  where status = 'shipped';

-- The effect ledger with the carrier: intent (the row), call, answer. The key is what makes a second call harmless.
create table shipment.bookings (
  booking_key text primary key,              -- '<customer>-<order>': the carrier's idempotency key
  customer_id integer not null,
  order_id integer not null,
  tid text not null,
  status text not null default 'requested' check (status in ('requested', 'booked', 'refused')),
  calls integer not null default 0,          -- how often the carrier was called: more than once after a silence
  carrier_id text,
  reason text,                               -- the carrier's, when it refused
  requested_at timestamptz not null default now(),
  called_at timestamptz,                     -- of the last call
  answered_at timestamptz,
  foreign key (customer_id, order_id) references shipment.shipments (customer_id, order_id) on delete cascade,
  unique (customer_id, order_id),
  check ((status = 'requested') = (answered_at is null)),
  check ((status = 'booked') = (carrier_id is not null))
);
