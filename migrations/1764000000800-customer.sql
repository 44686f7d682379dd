-- Customer: who buys, and how often that went well.

select banyan.found_module('customer');

create table customer.customers (
  id integer primary key,
  first_name text not null,
  last_name text not null,
  address text not null,
  complement text not null,
  birth_date text not null,
  zip_code text not null,
  city text not null,
  state text not null,
  card_number text not null check (card_number !~ '[0-9]{5}'), -- masked; the card's code has no column at all
  card_expiration text not null,
  card_holder_name text not null,
  card_type text not null check (card_type in ('', 'VISA', 'AMERICAN_EXPRESS', 'MASTER_CARD')),
  data text not null,
  success_payment_count integer not null default 0 check (success_payment_count >= 0),
  failed_payment_count integer not null default 0 check (failed_payment_count >= 0),
  delivery_count integer not null default 0 check (delivery_count >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 80); -- counters change often and no index covers them: room for it on the same page
