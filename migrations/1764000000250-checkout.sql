-- Checkout: one row per checkout, so that a repeated one gets the same answer and an interrupted one is resumed.

select banyan.found_module('checkout');

create table checkout.checkouts (
  instance_id text primary key,
  customer_id integer not null,
  state text not null default 'running'
    constraint checkouts_state_known check (state in ('running', 'accepted', 'refused')),
  refusal json,                          -- { code, kind, message, details }, as it was first given
  runner uuid not null,                  -- who works on it; another may take over when its lease has run out
  leased_until timestamptz not null,
  started_at timestamptz not null default now(),
  settled_at timestamptz,
  constraint checkouts_refusal_when_refused check ((state = 'refused') = (refusal is not null)),
  constraint checkouts_settled_or_running check ((state = 'running') = (settled_at is null))
) with (fillfactor = 70);                -- each row is updated once, in place
