import type { ClientBase } from 'pg';

/** What the store may hold. */
export interface StoreLimits {
  readonly bytes: number;
  readonly days: number;
}

/** A segment is closed when it holds this part of all, so that dropping one costs little of what is kept. */
const PARTS = 16;
const LEAST_BYTES = 4 * 1024 * 1024;
const DAY_MS = 86_400_000;

/** Whoever reads the tables holds up a drop; it is tried again, and must not hold up writers behind it meanwhile. */
const DROP_WITHIN_MS = 250;

const LOCK = 7_305_000_003;

const SIZES = `select s.id, s.closed_at is null as open,
  extract(epoch from clock_timestamp() - s.opened_at) * 1000 as "ageMs",
  extract(epoch from clock_timestamp() - s.closed_at) * 1000 as "closedMs",
  coalesce(pg_total_relation_size(to_regclass('telemetry.spans_' || s.id)), 0)
    + coalesce(pg_total_relation_size(to_regclass('telemetry.lines_' || s.id)), 0) as bytes
from telemetry.segments s order by s.id`;

interface Segment {
  readonly id: number;
  readonly open: boolean;
  readonly ageMs: number;
  readonly closedMs: number | null;
  readonly bytes: number;
}

/** The number of the segment that is written to now; undefined before the first. */
export async function currentSegment(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query('select max(id) as id from telemetry.segments where closed_at is null');
  return rows[0]?.id ?? undefined;
}

/**
 * Opens a new segment where the last one is full or old, and drops the oldest ones while all together are too large or too
 * old. One process does it at a time; for the others this returns at once.
 */
export async function tendSegments(client: ClientBase, limits: StoreLimits): Promise<void> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${DROP_WITHIN_MS}`);
    const { rows } = await client.query('select pg_try_advisory_xact_lock($1) as mine', [LOCK]);
    if (rows[0].mine) await tend(client, limits);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    if ((error as { code?: string }).code !== '55P03') throw error; // somebody reads what was to be dropped
  }
}

async function tend(client: ClientBase, { bytes, days }: StoreLimits): Promise<void> {
  const { rows } = await client.query(SIZES);
  const segments: Segment[] = rows.map((row) => ({
    ...row,
    bytes: Number(row.bytes),
    ageMs: Number(row.ageMs),
    closedMs: row.closedMs === null ? null : Number(row.closedMs),
  }));
  const last = segments.at(-1);
  const full = Math.max(bytes / PARTS, LEAST_BYTES);
  if (!last?.open || last.bytes >= full || last.ageMs >= (days * DAY_MS) / PARTS) await open(client);
  let all = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  for (const segment of segments) {
    const old = segment.closedMs !== null && segment.closedMs > days * DAY_MS;
    // Room for what comes into the open one until the next look.
    if (segment.open || !(old || all > bytes - full)) continue;
    await drop(client, segment.id);
    all -= segment.bytes;
  }
  await client.query(`delete from telemetry.losses where at < clock_timestamp() - $1 * interval '1 day'`, [
    days,
  ]);
  await client.query(`delete from telemetry.kept_traces where at < clock_timestamp() - interval '1 minute'`);
}

async function open(client: ClientBase): Promise<void> {
  await client.query('update telemetry.segments set closed_at = clock_timestamp() where closed_at is null');
  const { rows } = await client.query('insert into telemetry.segments default values returning id');
  const id = Number(rows[0].id);
  for (const table of ['spans', 'lines']) {
    await client.query(
      `create table telemetry.${table}_${id} partition of telemetry.${table} (segment default ${id}) for values in (${id})`,
    );
  }
}

// What a source writes lies in segments that were opened before, and it is seen just before each time: so nothing of such a one is left.
const LEAVE = `delete from telemetry.sources s
where seen_at < (select min(opened_at) from telemetry.segments) - interval '1 hour'
  and not exists (select from telemetry.losses where source = s.id)`;

async function drop(client: ClientBase, id: number): Promise<void> {
  await client.query(`drop table if exists telemetry.spans_${id}, telemetry.lines_${id}`);
  await client.query('delete from telemetry.segments where id = $1', [id]);
  await client.query(LEAVE);
}
