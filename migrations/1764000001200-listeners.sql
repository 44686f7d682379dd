-- Listeners that are paused, changed, renamed, added late or retired, and who did what with them.

alter table banyan.listeners
  add column batch smallint not null default 100,      -- deliveries taken at once
  add column per_second real,                          -- deliveries per second over all processes; null: as many as can be
  add column paused_at timestamptz,
  -- While its deliveries are being rearranged (banyan.listener_changes): only events below may be delivered. Null: all.
  add column horizon bigint,
  -- The two in one word, as claims read it.
  add column open_below bigint not null generated always as
    (case when paused_at is not null then 0 else coalesce(horizon, 9223372036854775807) end) stored,
  add column renamed_to text,                          -- who has taken over its deliveries; it gets none any more
  add column retired_at timestamptz;

-- Changes under way; a row goes when its change is complete. Whoever hosts the listener carries them on, also after a crash.
create table banyan.listener_changes (
  listener text not null references banyan.listeners,
  kind text not null check (kind in ('lanes', 'rename', 'backfill')),
  former text,                          -- rename: whose deliveries it takes over
  types text[],                         -- backfill: of these events
  since timestamptz,                    -- backfill: those that occurred from then on; null: from the beginning
  position bigint not null default 0,   -- backfill: complete up to this event
  upto bigint,                          -- backfill: the last event that the listener was not told of; null: not known yet
  -- Transactions that may still write by what was true before; null: not known yet.
  writers text[],
  begun_at timestamptz not null default clock_timestamp(),
  primary key (listener, kind)
);

-- One row per action on a listener, for ever.
create table banyan.listener_actions (
  id bigint generated always as identity primary key,
  listener text not null,
  action text not null check (action in ('pause', 'resume', 'rename', 'retire', 'return', 'lanes', 'backfill')),
  who text not null check (btrim(who) <> ''),
  why text check (btrim(why) <> ''),
  details json,
  at timestamptz not null default clock_timestamp(),
  check (action not in ('pause', 'retire') or why is not null)
);
create index listener_actions_of_listener on banyan.listener_actions (listener, id);
create trigger listener_actions_are_kept before update or delete or truncate on banyan.listener_actions
  for each statement execute function banyan.refuse_change();

-- What code that does not know an event, or its version, has left for code that does: "PaymentConfirmed@3". It is pending, and its
-- key waits behind it.
alter table banyan.deliveries add column waits_for text;
grant update (waits_for) on banyan.deliveries to banyan_module;
drop index banyan.deliveries_stuck;
create index deliveries_stuck on banyan.deliveries (listener, key, event_id)
  where (attempts > 0 or waits_for is not null) and state in ('pending', 'dead');
create index deliveries_waiting on banyan.deliveries (listener, waits_for) where waits_for is not null;

-- How much a lane of a listener with a rate may still take: its share of the rate, saved up for at most a second. Written by who
-- holds the lane.
create table banyan.lane_paces (
  listener text not null,
  partition smallint not null,
  saved real not null,
  at timestamptz not null,
  primary key (listener, partition)
) with (fillfactor = 50);
alter table banyan.lane_paces enable row level security;
create policy own_paces on banyan.lane_paces to banyan_module
  using (starts_with(listener, substr(current_user, 8) || '.'));
grant select, insert, update on banyan.lane_paces to banyan_module;
