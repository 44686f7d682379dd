import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';

/** Parts of the data folder, as they are told. */
export const PARTS = [
  'slices of events',
  'other tables of ours',
  'wake-up jobs',
  'lines and spans',
  'catalogue',
  'log of changes',
  'log of the server',
  'rest',
] as const;

/** One of the {@link PARTS}. */
export type Part = (typeof PARTS)[number];

/** How large everything was at one moment, in bytes on disk. */
export interface Sizes {
  /** Since the start, in seconds. */
  readonly at: number;
  /** Events until then. */
  readonly published: number;
  readonly folder: number;
  readonly parts: Readonly<Record<Part, number>>;
}

/** A table that no allowance bounds, and what stands in it. */
export interface OtherTable {
  readonly table: string;
  readonly live: number;
  readonly dead: number;
  readonly updates: number;
  readonly vacuums: number;
  readonly bytes: number;
}

const RELATIONS = `select case
    when nspname = 'banyan' and relname ~ '^(events|deliveries|attempts)_[0-9]+$' then 'slices of events'
    when nspname = 'banyan' then 'other tables of ours'
    when nspname = 'telemetry' then 'lines and spans'
    when nspname in ('pg_catalog', 'information_schema') then 'catalogue'
    else 'wake-up jobs' end as part,
  sum(pg_total_relation_size(c.oid))::float8 as bytes
from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('r', 'm', 'S') and nspname not like 'pg_toast%' group by 1`;

const OTHERS = `select relid::regclass::text as table, n_live_tup::int as live, n_dead_tup::int as dead, n_tup_upd::float8 as updates,
  (autovacuum_count + vacuum_count)::int as vacuums, pg_total_relation_size(relid)::float8 as bytes
from pg_stat_user_tables where schemaname <> 'telemetry' and not (schemaname = 'banyan' and relname ~ '_[0-9]+$')
order by pg_total_relation_size(relid) desc limit 8`;

/**
 * Measures the folder and what is in it.
 *
 * @param client of the database whose tables are told apart
 * @param folder of Postgres, and its log beside it
 */
export async function measure(client: Client, folder: string, at: number, published: number): Promise<Sizes> {
  const tables: Record<string, number> = {};
  for (const { part, bytes } of (await client.query(RELATIONS)).rows) tables[part] = bytes;
  const server = await bytesOf(join(folder, 'postgres.log'));
  const { all, changes } = await walk(folder);
  const known = Object.values(tables).reduce((sum, bytes) => sum + bytes, changes + server);
  const parts = {
    ...tables,
    'log of changes': changes,
    'log of the server': server,
    rest: Math.max(0, all - known),
  };
  return {
    at,
    published,
    folder: all,
    parts: Object.fromEntries(PARTS.map((part) => [part, parts[part as keyof typeof parts] ?? 0])) as Record<
      Part,
      number
    >,
  };
}

/** The largest tables that have no allowance. */
export async function otherTables(client: Client): Promise<OtherTable[]> {
  return (await client.query(OTHERS)).rows as OtherTable[];
}

/** On disk. Files come and go while they are counted. */
async function walk(folder: string): Promise<{ all: number; changes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sums = { all: 0, changes: 0 };
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const bytes = await bytesOf(join(entry.parentPath, entry.name));
    sums.all += bytes;
    if (/[\\/]pg_wal\b/.test(entry.parentPath)) sums.changes += bytes;
  }
  return sums;
}

function bytesOf(file: string): Promise<number> {
  return lstat(file).then(
    ({ blocks }) => blocks * 512,
    () => 0,
  );
}
