import { type Queryable, rowsOf } from './rows-of.js';

// Changes take turns until they are committed, so that versions are committed in the order of their numbers: a process that follows
// version 6 follows 5 too. The loser of two changes at once leaves no line in the history.
const CHANGE = `with turn as materialized (
    select pg_advisory_xact_lock(hashtext('banyan.routes')) as taken
  ), change as (
    insert into banyan.routes (module, app, version, previous, who, why)
    select $1, $2, nextval(pg_get_serial_sequence('banyan.route_changes', 'id')), $6, $3, $4 from turn
    where taken is not null and ($5::bigint is null or exists (select from banyan.routes where module = $1))
    on conflict (module) do update set app = excluded.app, version = excluded.version, previous = routes.app,
      who = excluded.who, why = excluded.why, changed_at = clock_timestamp()
      where routes.version is not distinct from $5::bigint
    returning version, previous
  ), noted as (
    insert into banyan.route_changes (id, module, app, previous, who, why) overriding system value
    select version, $1, $2, previous, $3, $4 from change
  )
  select version from change`;

/**
 * Makes an app answer for a module from now on.
 *
 * @param change.from the app that answers without a route; the way back when this is the first one
 * @param change.expected the version that the route had when the change was decided on; undefined for none
 * @returns the new version; undefined if somebody else changed the route meanwhile
 */
export async function changeRoute(
  database: Queryable,
  change: {
    module: string;
    from?: string;
    app: string;
    who: string;
    why: string;
    expected: string | undefined;
  },
): Promise<string | undefined> {
  const { module, app, who, why, expected = null, from = null } = change;
  const parameters = [module, app, who, why, expected, from];
  const [row] = await rowsOf<{ version: string }>(database, CHANGE, parameters);
  return row && String(row.version);
}

/** Says that an app should run, or need not run any more. */
export async function wantApp(database: Queryable, app: string, wanted: boolean, who: string): Promise<void> {
  await database.query(
    `insert into banyan.wanted_apps (app, wanted, who) values ($1, $2, $3)
     on conflict (app) do update set wanted = excluded.wanted, who = excluded.who, changed_at = clock_timestamp()`,
    [app, wanted, who],
  );
}

/** The apps that should run, by name. */
export async function wantedApps(database: Queryable): Promise<ReadonlyMap<string, boolean>> {
  const rows = await rowsOf<Wanted>(database, 'select app, wanted from banyan.wanted_apps');
  return new Map(rows.map((row) => [row.app, row.wanted]));
}

/** Forgets which apps somebody wanted: what a command line names from now on counts. */
export async function forgetWantedApps(database: Queryable): Promise<void> {
  await database.query('delete from banyan.wanted_apps');
}

interface Wanted {
  readonly app: string;
  readonly wanted: boolean;
}
