-- What the continuous look at conservation found last: one row, written by the process whose turn it was and read by all.
create table banyan.conservation_looks (
  one boolean primary key default true check (one),
  looked_at timestamptz not null,
  complete_at timestamptz not null,     -- when it last looked at everything that is kept,
  complete_ms float8 not null,          -- and how long that took
  settled bigint not null,              -- events up to this one are looked at again only with everything else
  next_settled bigint not null,         -- what becomes settled next: the last event of
  next_at timestamptz not null,         -- this moment
  gaps json not null                    -- each with the moment since when it is known, and how much of it has been told
);
