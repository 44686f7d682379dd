-- What people do with deliveries that gave up, and since when each listener is owed the events of a type.

-- One row per action on a delivery, for ever.
create table banyan.dead_letter_actions (
  id bigint generated always as identity primary key,
  listener text not null,
  event_id bigint not null,
  action text not null check (action in ('replay', 'discard', 'resolve', 'restore')),
  who text not null check (btrim(who) <> ''),
  why text check (btrim(why) <> ''),    -- the reason to discard or to restore; the evidence of what was resolved by hand
  state_before text not null,
  state_after text not null,
  reason_before text,                   -- what had killed it
  attempts smallint not null,           -- failed ones by then
  cause text,                           -- the group that it was acted on with
  at timestamptz not null default clock_timestamp(),
  check (action = 'replay' or why is not null)
);
create index dead_letter_actions_of_delivery on banyan.dead_letter_actions (listener, event_id);

create function banyan.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is kept for ever: add rows, and change none.', tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $$;
revoke execute on function banyan.refuse_change() from public;
create trigger dead_letter_actions_are_kept before update or delete or truncate on banyan.dead_letter_actions
  for each statement execute function banyan.refuse_change();

-- The dead in the order in which they are listed: a delivery pays for it when it dies, and no other does.
create index deliveries_dead on banyan.deliveries (settled_at, event_id) where state = 'dead';

-- A listener is owed what was published since it began to hear the type, not since it was first known.
alter table banyan.subscriptions add column since timestamptz not null default clock_timestamp();
