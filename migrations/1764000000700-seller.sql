-- Seller: who sells, and every order line as its seller follows it.

select banyan.found_module('seller');

create table seller.sellers (
  id integer primary key,
  name text not null,
  company_name text not null,
  email text not null,
  phone text not null,
  mobile_phone text not null,
  cpf text not null,
  cnpj text not null,
  address text not null,
  complement text not null,
  city text not null,
  state text not null,
  zip_code text not null
);

create table seller.order_entries (
  customer_id integer not null,
  order_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  natural_key text not null,
  package_id integer,
  product_name text not null,
  product_category text not null,
  unit_price numeric(12,2) not null,
  total_items numeric(12,2) not null,
  total_amount numeric(12,2) not null,
  total_incentive numeric(12,2) not null,
  total_invoice numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  quantity integer not null,
  shipment_date timestamptz,
  delivery_date timestamptz,
  order_status text not null check (order_status in (
    'INVOICED', 'PAYMENT_PROCESSED', 'PAYMENT_FAILED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT', 'DELIVERED')),
  delivery_status text check (delivery_status in ('ready_to_ship', 'delivered')),
  primary key (customer_id, order_id, seller_id, product_id)
) with (autovacuum_vacuum_scale_factor = 0.05);

-- What the dashboard reads. The one index beside the key: every status change of an entry costs an entry in each.
create index order_entries_open on seller.order_entries (seller_id, customer_id, order_id)
  where order_status in ('INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT');
