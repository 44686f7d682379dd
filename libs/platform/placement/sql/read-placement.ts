import type { Instance, Route, SeenInstance } from '../instance.js';
import { GONE_AFTER_SECONDS, type InstanceRow, toSeenInstance } from './instances.js';
import { type Queryable, rowsOf } from './rows-of.js';

/** Who runs and who answers, at one moment. @typeParam Seen what is known of those that run */
export interface PlacementView<Seen extends Instance = SeenInstance> {
  /** The last change of routes. */
  readonly version: string;
  readonly routes: ReadonlyMap<string, Route>;
  /** Those that live. */
  readonly instances: readonly Seen[];
}

/** A row of `banyan.routes`, as JSON has it. */
export interface RouteRow {
  readonly module: string;
  readonly app: string;
  readonly version: string;
  readonly previous: string | null;
  readonly who: string;
  readonly why: string;
  readonly changed_at: string;
}

// One statement, so that routes and instances are of one moment.
const READ = `select
  (select coalesce(max(version), 0) from banyan.routes) as version,
  coalesce((select json_agg(r) from banyan.routes r), '[]') as routes,
  coalesce((select json_agg(i order by i.started_at) from (
    select *, extract(epoch from clock_timestamp() - seen_at)::float8 as silent_seconds from banyan.instances
    where seen_at > clock_timestamp() - $1 * interval '1 second') i), '[]') as instances`;

/** Reads who runs and who answers, with all that each says of itself: for people, and for moves. */
export async function readPlacement(database: Queryable): Promise<PlacementView> {
  const [row] = await rowsOf<ReadRow>(database, READ, [GONE_AFTER_SECONDS]);
  if (!row) throw new Error('The placement could not be read: no row came back.');
  return {
    version: String(row.version),
    routes: new Map(row.routes.map((route) => [route.module, toRoute(route)])),
    instances: row.instances.map(toSeenInstance),
  };
}

interface ReadRow {
  readonly version: string;
  readonly routes: RouteRow[];
  readonly instances: InstanceRow[];
}

export function toRoute(row: RouteRow): Route {
  const { changed_at, ...route } = row;
  return { ...route, version: String(row.version), changedAt: new Date(changed_at) };
}
