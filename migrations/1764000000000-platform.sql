-- The platform's own tables: what was published, who listens, and how each delivery stands.

create schema if not exists banyan;

-- Every module's role is a member of this one: what the platform grants to modules, it grants here.
do $$ begin
  create role banyan_module nologin;
exception when duplicate_object or unique_violation then null; -- roles belong to the cluster; another database made it
end $$;
grant usage on schema banyan to banyan_module;

-- One row per event, written in the transaction that made it true. Never changed.
create table banyan.events (
  id bigint generated always as identity primary key,
  type text not null,
  version smallint not null,
  module text not null,                 -- who published it
  key text,                             -- ordering key
  payload json not null,                -- json, not jsonb: kept as published, key order and number digits included
  traceparent text not null,
  conversation bigint,                  -- id of the first event of the conversation; null: this one
  causation bigint,                     -- id of the event whose delivery published this one
  hops smallint not null default 0,     -- deliveries between the first request and this event
  occurred_at timestamptz not null default clock_timestamp()
);
-- A module publishes in its own name only. Everybody may read: who hears an event reads it here.
alter table banyan.events enable row level security;
create policy read_events on banyan.events for select to banyan_module using (true);
create policy own_events on banyan.events for insert to banyan_module
  with check (module = substr(current_user, 8));
grant select, insert on banyan.events to banyan_module;

-- Who listens. Written by an app when it starts; publishers of any version fan out to what stands here.
create table banyan.listeners (
  name text primary key,
  module text not null,
  ordered boolean not null,
  partitions smallint not null check (partitions between 1 and 64),
  since timestamptz not null default clock_timestamp(),
  check (name like module || '.%')
);
create table banyan.subscriptions (
  type text not null,
  listener text not null references banyan.listeners,
  primary key (type, listener)
);
grant select on banyan.listeners, banyan.subscriptions to banyan_module;

-- One event for one listener. This row is the truth; a job only says that there is something to look at.
-- No foreign key to events: both rows come from one statement, and events will be dropped by partition.
create table banyan.deliveries (
  listener text not null,
  event_id bigint not null,
  partition smallint not null,
  key text,                             -- only for ordered listeners
  state text not null default 'pending' check (state in ('pending', 'done', 'skipped', 'dead', 'resolved', 'discarded')),
  attempts smallint not null default 0, -- failed ones
  due_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  reason text,                          -- why it was skipped, or what killed it
  primary key (listener, event_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index deliveries_pending on banyan.deliveries (listener, partition, event_id) where state = 'pending';
-- The heads that hold up their key, and the dead: few rows, asked for at every claim.
create index deliveries_stuck on banyan.deliveries (listener, key, event_id)
  where attempts > 0 and state in ('pending', 'dead');

-- A module sees and settles the deliveries of its own listeners; it may create pending ones for anybody.
alter table banyan.deliveries enable row level security;
create policy own_deliveries on banyan.deliveries to banyan_module
  using (starts_with(listener, substr(current_user, 8) || '.'));
create policy new_deliveries on banyan.deliveries for insert to banyan_module
  with check (state = 'pending' and attempts = 0);
grant select, insert on banyan.deliveries to banyan_module;
grant update (state, attempts, due_at, settled_at, reason) on banyan.deliveries to banyan_module;

-- What went wrong with a delivery, attempt by attempt.
create table banyan.attempts (
  id bigint generated always as identity primary key,
  listener text not null,
  event_id bigint not null,
  attempt smallint not null,
  kind text not null check (kind in ('refusal', 'fault', 'bug')),
  error_class text not null,
  message text not null,
  stack text,
  app text not null,
  instance text not null,
  traceparent text not null,
  at timestamptz not null default clock_timestamp()
);
create index attempts_of_delivery on banyan.attempts (listener, event_id);
alter table banyan.attempts enable row level security;
create policy own_attempts on banyan.attempts to banyan_module
  using (starts_with(listener, substr(current_user, 8) || '.'));
grant select, insert on banyan.attempts to banyan_module;

-- Migrations that older code can't live with: code that doesn't know one of these refuses to start.
create table banyan.breaking_migrations (
  name text primary key
);

-- Founds a module: its role, its schema, and what the role may do there. Every module's first migration calls it.
create function banyan.found_module(module text) returns void language plpgsql as $$
declare
  role_name text := 'banyan_' || module;
begin
  begin
    execute format('create role %I nologin', role_name);
  exception when duplicate_object or unique_violation then null; -- made for another database of this cluster
  end;
  execute format('grant banyan_module to %I', role_name);
  execute format('grant %I to current_user', role_name);
  execute format('create schema if not exists %I', module);
  execute format('grant usage on schema %I to %I', module, role_name);
  execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I', module, role_name);
  execute format('alter default privileges in schema %I grant usage, select on sequences to %I', module, role_name);
end $$;
revoke execute on function banyan.found_module(text) from public;
