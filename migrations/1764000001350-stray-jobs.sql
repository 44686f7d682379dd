-- Jobs in the queues of wake-ups that are none: damaged, or somebody else's. A wake-up is a hint, so nothing is lost with one, but it is seen.

create table banyan.stray_jobs (
  id bigint generated always as identity primary key,
  queue text not null,
  reason text not null check (reason in ('damaged', 'no wake-up', 'no such listener', 'no such lane')),
  likeness text not null,               -- those alike are counted in one row; 'others': what came after too many that differ
  explanation text not null,
  job_id text not null,                 -- of the latest, as all that follows
  name text not null,
  content bytea not null,               -- its data as it stood there: the first 4,096 bytes
  options bytea not null,               -- the first 1,024 bytes
  app text not null,
  instance text not null,
  times bigint not null default 1,
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  settled_as text check (settled_as in ('discarded', 'resolved')),
  settled_at timestamptz,
  settled_by text check (btrim(settled_by) <> ''),
  settled_because text check (btrim(settled_because) <> ''),
  check (num_nulls(settled_as, settled_at, settled_by, settled_because) in (0, 4))
);
create unique index stray_jobs_alike on banyan.stray_jobs (queue, reason, likeness) where settled_at is null;
