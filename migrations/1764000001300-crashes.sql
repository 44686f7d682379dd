-- Who is at work in which lane, so that a process that dies leaves word of what it was doing.

-- One row per process and lane that it has worked on a moment ago. Written before the work, on another connection; its process
-- takes it away when the lane has been quiet for a while, or when it stops.
create table banyan.in_work (
  instance text not null,
  listener text not null,
  partition smallint not null,
  app text not null,
  event_id bigint,                      -- the one delivery that runs with nothing else in its process; null: batches of the lane
  attempts smallint,                    -- failed ones of that delivery, when it began
  how text,                             -- how the process died, when whoever kept it running has seen it
  died_at timestamptz,
  since timestamptz not null default clock_timestamp(),
  primary key (listener, partition, instance)
) with (fillfactor = 50);
alter table banyan.in_work enable row level security;
create policy own_work on banyan.in_work to banyan_module
  using (starts_with(listener, substr(current_user, 8) || '.'));
grant select, delete on banyan.in_work to banyan_module;
grant select on banyan.instances to banyan_module;

-- Attempts that were in work when their process died, whether they ended it or not; they are among `attempts` too.
alter table banyan.deliveries add column crashes smallint not null default 0;
grant update (crashes) on banyan.deliveries to banyan_module;
-- What must run alone: nothing, almost always, and asked for at every look of a listener that calls out.
create index deliveries_suspect on banyan.deliveries (listener, partition) where state = 'pending' and crashes > 0;

alter table banyan.attempts drop constraint attempts_kind_check;
alter table banyan.attempts add constraint attempts_kind_check check (kind in ('refusal', 'fault', 'bug', 'crash'));
