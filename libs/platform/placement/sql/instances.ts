import type { Instance, InstanceHealth, SeenInstance } from '../instance.js';
import { type Queryable, rowsOf } from './rows-of.js';

/** An instance that has not been seen for this long is gone, in seconds: out within 15 s of its death. */
export const GONE_AFTER_SECONDS = 10;

/** Enters an instance into the registry, or again after others took it for gone. */
export async function enterInstance(database: Queryable, instance: Instance): Promise<void> {
  await database.query(
    `insert into banyan.instances
       (id, app, version, commit, modules, contract, http_routes, http_address, call_address)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (id) do update set seen_at = clock_timestamp()`,
    [
      instance.id,
      instance.app,
      instance.version,
      instance.commit,
      instance.modules,
      JSON.stringify(instance.contract),
      JSON.stringify(instance.httpRoutes),
      instance.httpAddress,
      instance.callAddress,
    ],
  );
}

/**
 * Says that an instance lives, what it is doing, and which change of routes it follows.
 *
 * @param renewal one more than the time before
 * @returns false when its row is gone: somebody took it for dead
 */
export async function renewInstance(
  database: Queryable,
  id: string,
  follows: string,
  renewal: number,
  health: InstanceHealth,
): Promise<boolean> {
  const [row] = await rowsOf<{ renewed: number }>(
    database,
    `with renewed as (
       update banyan.instances set seen_at = clock_timestamp(), follows = $2, health = $3 where id = $1 returning 1
     ), gone as (
       delete from banyan.instances where seen_at < clock_timestamp() - interval '10 minutes'
     )
     select count(*)::int as renewed from renewed`,
    [id, follows, JSON.stringify({ ...health, renewal })],
  );
  return row?.renewed === 1;
}

/**
 * Takes a process out of the registry that is known to have died, by whoever kept it running: nobody has to wait the seconds
 * until its silence tells. How it died is left where it was at work, for those who look into that.
 *
 * @param host name of the machine, as instances put it into their ids
 * @param how the signal or the exit code
 */
export async function buryProcess(
  database: Queryable,
  host: string,
  pid: number,
  how: string,
): Promise<void> {
  await database.query(
    `with told as (update banyan.in_work set how = $2, died_at = clock_timestamp() where starts_with(instance, $1))
     delete from banyan.instances where starts_with(id, $1)`,
    [`${host}-${pid}-`, how],
  );
}

/** Takes an instance out of the registry. @returns how many others live, which may know it for another moment */
export async function leaveInstance(database: Queryable, id: string): Promise<number> {
  const [row] = await rowsOf<{ others: number }>(
    database,
    `with gone as (delete from banyan.instances where id = $1)
     select count(*)::int as others from banyan.instances
     where id <> $1 and seen_at > clock_timestamp() - $2 * interval '1 second'`,
    [id, GONE_AFTER_SECONDS],
  );
  return row?.others ?? 0;
}

/** A row of `banyan.instances`, with its age by the database's clock. */
export interface InstanceRow {
  readonly id: string;
  readonly app: string;
  readonly version: string;
  readonly commit: string;
  readonly modules: string[];
  readonly contract: Instance['contract'];
  readonly http_routes: Instance['httpRoutes'];
  readonly http_address: string;
  readonly call_address: string;
  readonly follows: string;
  readonly health: Partial<InstanceHealth & { readonly renewal: number }>;
  readonly started_at: string;
  readonly silent_seconds: number;
}

/** An instance as it entered itself. */
export function toInstance(row: InstanceRow): Instance {
  return {
    id: row.id,
    app: row.app,
    version: row.version,
    commit: row.commit,
    modules: row.modules,
    contract: row.contract,
    httpRoutes: row.http_routes,
    httpAddress: row.http_address,
    callAddress: row.call_address,
  };
}

/** What is known of an instance that has not renewed itself yet, or whose version does not say everything. */
const SILENT: InstanceHealth = { delivers: [], answering: {}, answered: {}, failed: {}, objections: {} };

/** An instance with what it said of itself last. */
export function toSeenInstance(row: InstanceRow): SeenInstance {
  const { renewal = 0, ...said } = row.health;
  return {
    ...toInstance(row),
    follows: String(row.follows),
    health: { ...SILENT, ...said },
    renewal,
    startedAt: new Date(row.started_at),
    silentSeconds: row.silent_seconds,
  };
}
