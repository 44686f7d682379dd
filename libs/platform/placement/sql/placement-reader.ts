import type { Instance, Route } from '../instance.js';
import { GONE_AFTER_SECONDS, type InstanceRow, toInstance } from './instances.js';
import { type PlacementView, type RouteRow, toRoute } from './read-placement.js';
import { type Queryable, rowsOf } from './rows-of.js';

// Asked four times a second by every process, so it brings what may have changed: who lives, and the routes after a change. With 13
// instances of 12 modules: 0.44 ms and 0.2 KB (129 us of the asking process), where all that the table knows took 1.5 ms and 29 KB
// (550 us). One statement, so that routes and instances are of one moment.
const LOOK = `select version,
    case when version <> $2 then coalesce((select json_agg(r) from banyan.routes r), '[]') end as routes,
    coalesce((select json_agg(id order by started_at) from banyan.instances
      where seen_at > clock_timestamp() - $1 * interval '1 second'), '[]') as ids
  from (select coalesce(max(version), 0) as version from banyan.routes) last`;

const DETAILS = `select id, app, version, commit, modules, contract, http_routes, http_address, call_address
  from banyan.instances where id = any($1)`;

/** Reads who runs and who answers, again and again. What an instance says of itself when it enters is read once. */
export class PlacementReader {
  private version = '-1';
  private routes: ReadonlyMap<string, Route> = new Map();
  private known = new Map<string, Instance>();

  constructor(private readonly database: Queryable) {}

  async look(): Promise<PlacementView<Instance>> {
    const [row] = await rowsOf<LookRow>(this.database, LOOK, [GONE_AFTER_SECONDS, this.version]);
    if (!row) throw new Error('The placement could not be read: no row came back.');
    await this.learn(row.ids);
    if (row.routes) this.routes = new Map(row.routes.map((route) => [route.module, toRoute(route)]));
    this.version = String(row.version);
    const instances = [...this.known.values()];
    return { version: this.version, routes: this.routes, instances };
  }

  /** Who has left since the look is left out, as if it had been a moment later. */
  private async learn(ids: readonly string[]): Promise<void> {
    const strangers = ids.filter((id) => !this.known.has(id));
    const rows = strangers.length > 0 ? await rowsOf<InstanceRow>(this.database, DETAILS, [strangers]) : [];
    const entered = new Map(rows.map((row) => [row.id, toInstance(row)]));
    const living = ids.map((id) => this.known.get(id) ?? entered.get(id));
    this.known = new Map(living.filter((each) => each !== undefined).map((each) => [each.id, each]));
  }
}

interface LookRow {
  readonly version: string;
  /** Null when nothing has changed. */
  readonly routes: RouteRow[] | null;
  readonly ids: string[];
}
