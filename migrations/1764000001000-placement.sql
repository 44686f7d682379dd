-- Which processes run, and which app answers for a module.

-- One row per running process; it renews its row while it lives, and takes it away when it stops.
create table banyan.instances (
  id text primary key,
  app text not null,
  version text not null,
  commit text not null,
  modules text[] not null,              -- those that it can answer for
  contract json not null,               -- operations and listeners per module, to compare both sides of a move
  http_routes json not null,            -- method, path template and module of every route it serves
  http_address text not null,
  call_address text not null,
  follows bigint not null default 0,    -- the last change of routes that it acts on
  health json not null default '{"delivers": [], "answering": {}, "answered": {}, "failed": {}, "objections": {}}',  -- what it last said of itself: deliveries, calls under way, counters
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
);

-- Which app answers for a module. No row: every app that hosts it.
create table banyan.routes (
  module text primary key,
  app text not null,
  version bigint not null,              -- the change that made it so
  previous text,                        -- the app before: one step back
  who text not null,
  why text not null,
  changed_at timestamptz not null default clock_timestamp()
);

-- Every change of a route, for ever; the identity is the version that instances follow.
create table banyan.route_changes (
  id bigint generated always as identity primary key,
  module text not null,
  app text not null,
  previous text,
  who text not null,
  why text not null,
  changed_at timestamptz not null default clock_timestamp()
);

-- Apps that somebody wants to run; whoever can start processes (npm start, start:split) keeps to it.
create table banyan.wanted_apps (
  app text primary key,
  wanted boolean not null,
  who text not null,
  changed_at timestamptz not null default clock_timestamp()
);
