-- Payment: what customers owe and have paid, the ways to pay that they left with us, and every charge asked of the provider.
select banyan.found_module('payment');

-- Ways to pay, by the reference that stands for them in events. A card's number is dropped when its charge is answered, and
-- its security code is never kept.
create table payment.methods (
  reference text not null primary key,
  tid text not null,
  customer_id integer not null,
  type text not null,
  card_number text,                     -- null: none (BOLETO), or dropped
  card_last4 text,
  card_holder_name text,
  card_expiration text,
  card_brand text,
  installments integer not null,
  kept_at timestamptz not null default now(),
  constraint methods_tid unique (tid),
  constraint methods_type check (type in ('CREDIT_CARD', 'DEBIT_CARD', 'BOLETO')),
  constraint methods_installments check (installments >= 1)
) with (fillfactor = 80);
-- Numbers that nobody came to charge, oldest first: few, and swept.
create index methods_unspent on payment.methods (kept_at) where card_number is not null;

-- One charge per invoice: intended, called (perhaps often, under one key), answered once.
create table payment.charges (
  invoice_number text not null primary key, -- the idempotency key
  customer_id integer not null,
  order_id integer not null,
  tid text not null,
  method_reference text not null,
  amount numeric(12,2) not null,
  intended_at timestamptz not null default clock_timestamp(),
  calls integer not null default 0,
  called_at timestamptz,                -- the latest call
  answered_at timestamptz,
  status text,
  provider_id text,                     -- the provider's id of the charge; null: no provider was asked
  constraint charges_order unique (customer_id, order_id),
  constraint charges_amount check (amount >= 0),
  constraint charges_status check (status in ('succeeded', 'requires_payment_method', 'canceled')),
  constraint charges_answered check ((answered_at is null) = (status is null))
) with (fillfactor = 70);

create table payment.order_payments (
  customer_id integer not null,
  order_id integer not null,
  sequential integer not null,
  type text not null,
  installments integer not null,
  value numeric(12,2) not null,
  status text,
  created_at timestamptz not null default now(),
  primary key (customer_id, order_id, sequential),
  constraint order_payments_type check (type in ('CREDIT_CARD', 'DEBIT_CARD', 'BOLETO', 'VOUCHER')),
  constraint order_payments_value check (value >= 0),
  constraint order_payments_status check (status in ('succeeded', 'requires_payment_method', 'canceled'))
);

create table payment.order_payment_cards (
  customer_id integer not null,
  order_id integer not null,
  sequential integer not null,
  card_number text not null,            -- masked: all but the last four digits
  card_holder_name text not null,
  card_expiration text not null,
  card_brand text not null,
  primary key (customer_id, order_id, sequential),
  constraint order_payment_cards_payment foreign key (customer_id, order_id, sequential)
    references payment.order_payments on delete cascade,
  constraint order_payment_cards_masked check (card_number !~ '[0-9]{5}')
);
