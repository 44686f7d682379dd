-- Benchmark: the end of every transaction, as drivers wait for it.

select banyan.found_module('benchmark');

create table benchmark.transaction_marks (
  id bigint generated always as identity primary key, -- in order of commit: only one transaction at a time records marks
  tid text not null,
  type text not null check (type in ('CUSTOMER_SESSION', 'PRICE_UPDATE', 'UPDATE_PRODUCT')),
  actor_id integer not null,
  status text not null check (status in ('SUCCESS', 'ERROR', 'ABORT', 'NOT_ACCEPTED')),
  source text not null,
  at timestamptz not null default clock_timestamp()
);
