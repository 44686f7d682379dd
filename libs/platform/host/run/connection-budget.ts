import type { Settings } from '../../config/index.js';
import { QUEUE_CONNECTIONS } from '../../events/wake/backend.js';
import { GONE_AFTER_SECONDS } from '../../placement/sql/instances.js';
import { type Queryable, rowsOf } from '../../placement/sql/rows-of.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { OWN_CONNECTIONS } from '../own-connections.js';
import { StartError } from './start-failure.js';

/** One that shows that the process lives, one of the keeper, one of who looks at conservation. */
const STANDING = 3;

/** What is left for commands and people: migrations, the CLI, whoever looks with psql. */
const SPARE = 5;

// Superusers have theirs apart, and so may a role for operators.
const ROOM = `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true)::int, 0) as room`;

const INSTANCES = `select count(*)::int as instances from banyan.instances
where cardinality(modules) > 0 and seen_at > clock_timestamp() - $1 * interval '1 second'`;

/** Most connections to Postgres that the process of an app takes beside DATABASE_POOL. @param modules how many it hosts */
export function connectionsBeside(settings: Settings, modules: number): number {
  const queue = settings.REDIS_URL ? 0 : modules + QUEUE_CONNECTIONS; // a worker listens on one for each module
  const store = settings.TELEMETRY_STORE && !settings.TELEMETRY_DATABASE_URL ? 1 : 0;
  return OWN_CONNECTIONS + STANDING + queue + store;
}

/** A process of a placement: most connections that it takes, by kind. */
export interface Need {
  /** As DATABASE_POOL says; 0 where it has no such pool. */
  readonly pool: number;
  /** All others. */
  readonly beside: number;
}

/**
 * Refuses a placement whose processes could take more connections than Postgres gives.
 *
 * @param where the address of the database, for the sentence
 * @throws StartError with both cures, in numbers
 */
export async function refuseCrowd(database: Queryable, where: string, needs: readonly Need[]): Promise<void> {
  const room = await roomOn(database);
  const most = sum(needs);
  if (most <= room) return;
  throw new StartError(
    `The ${needs.length} processes of this placement may take ${most} connections, and Postgres at ${new URL(where).host} gives ${room}: ${cures(needs, most, room)}.`,
  );
}

/**
 * Warns when the instances that run, if all take as many as this one, could take more connections than Postgres gives. For apps that
 * are started one by one: nobody else counts them.
 */
export async function warnOfCrowd(
  database: Queryable,
  settings: Settings,
  modules: number,
  log: PlatformLog,
): Promise<void> {
  const room = await roomOn(database);
  const [row] = await rowsOf<{ instances: number }>(database, INSTANCES, [GONE_AFTER_SECONDS]);
  const instances = Math.max(row?.instances ?? 0, 1);
  const need = { pool: settings.DATABASE_POOL, beside: connectionsBeside(settings, modules) };
  const needs = Array.from({ length: instances }, () => need);
  const most = sum(needs);
  if (most <= room) return;
  log.warn(
    `With ${instances} ${instances === 1 ? 'instance' : 'instances like this one'}, up to ${most} connections may be taken, and Postgres gives ${room}: ${cures(needs, most, room)}`,
  );
}

function sum(needs: readonly Need[]): number {
  return needs.reduce((total, { pool, beside }) => total + pool + beside, SPARE);
}

function cures(needs: readonly Need[], most: number, room: number): string {
  const pools = needs.filter(({ pool }) => pool > 0).length;
  const beside = needs.reduce((total, need) => total + need.beside, SPARE);
  const fits = Math.floor((room - beside) / Math.max(pools, 1));
  const raise = `raise max_connections there by ${most - room}`;
  return fits >= 1 ? `set DATABASE_POOL=${fits}, or ${raise}` : raise;
}

async function roomOn(database: Queryable): Promise<number> {
  const [row] = await rowsOf<{ room: number }>(database, ROOM);
  return row?.room ?? 0;
}
