-- One budget for each listener with a rate, in place of one for each lane: it is taken from in a transaction of its own, so lanes don't
-- wait for each other's work, and a listener with work in one lane only may use all of it.
drop table banyan.lane_paces;
create table banyan.paces (
  listener text primary key,
  saved float8 not null,                -- deliveries that may begin at once: a second's worth at most
  granted int not null,                 -- what the last one took
  at timestamptz not null
) with (fillfactor = 50);
alter table banyan.paces enable row level security;
create policy own_paces on banyan.paces to banyan_module
  using (starts_with(listener, substr(current_user, 8) || '.'));
grant select, insert, update on banyan.paces to banyan_module;
