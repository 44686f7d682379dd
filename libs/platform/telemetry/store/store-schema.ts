import type { ClientBase } from 'pg';

/** Of the tables below; a store of another version is emptied and made anew, since what is in it is only kept for days. */
const VERSION = 1;

/** Any number will do, as long as every process uses the same. */
const LOCK = 7_305_000_002;

/**
 * The tables of the store, which may stand in a database of their own: so they are made by whoever writes first, and by no
 * migration. README.md says what each column means.
 *
 * Lines and spans lie in segments: a partition of each table with a number. All processes write to the newest one until it is
 * full or old; the oldest is dropped when all together are too large or too old. So space comes back at once, and no row is
 * ever deleted.
 *
 * The columns of 8 bytes stand first, which saves 10 bytes a row.
 */
const TABLES = `
create schema telemetry;
create table telemetry.version (version int not null);
insert into telemetry.version values (${VERSION});

create table telemetry.sources (
  id int generated always as identity primary key,
  app text not null,
  instance text not null unique,
  version text not null,
  commit text not null,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
);

create table telemetry.segments (
  id int generated always as identity primary key,
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz
);

create table telemetry.spans (
  started timestamptz not null,
  micros bigint not null,
  waited_micros bigint,
  event bigint,
  segment int not null,
  source int not null,
  attempt smallint,
  partial boolean not null,
  trace uuid not null,
  span bytea not null,
  parent bytea,
  kind text not null,
  operation text not null,
  module text,
  caller text,
  outcome text not null,
  error text,
  link_trace uuid,
  link_span bytea,
  details json
) partition by list (segment);
create index spans_trace on telemetry.spans (trace);
create index spans_started on telemetry.spans using brin (started) with (pages_per_range = 32);

create table telemetry.lines (
  time timestamptz not null,
  segment int not null,
  source int not null,
  level smallint not null,
  partial boolean not null,
  trace uuid,
  span bytea,
  module text,
  line json not null
) partition by list (segment);
create index lines_trace on telemetry.lines (trace) where trace is not null;
create index lines_time on telemetry.lines using brin (time) with (pages_per_range = 32);

create table telemetry.losses (
  at timestamptz not null default clock_timestamp(),
  source int not null,
  what text not null,
  count bigint not null,
  why text not null
);
create index losses_at on telemetry.losses (at);

create unlogged table telemetry.kept_traces (
  trace uuid not null,
  at timestamptz not null default clock_timestamp()
);
create index kept_traces_at on telemetry.kept_traces (at);
`;

/**
 * Makes the tables of the store where they are missing, once for any number of processes that ask at the same moment.
 *
 * @param client as a role that may make schemas in this database
 */
export async function prepareStore(client: ClientBase): Promise<void> {
  if ((await versionOf(client)) === VERSION) return;
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    if ((await versionOf(client)) !== VERSION) {
      await client.query(`drop schema if exists telemetry cascade`);
      await client.query(TABLES);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function versionOf(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query(`select to_regclass('telemetry.version') is not null as there`);
  if (!rows[0].there) return undefined;
  return (await client.query('select version from telemetry.version')).rows[0]?.version;
}
