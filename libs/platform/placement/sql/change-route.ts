import type { Queryable } from './instances.js';

/**
 * Makes an app answer for a module from now on. Nothing happens if it does already.
 *
 * @param change.expected the version that the route had when the change was decided on; undefined for none
 * @returns the new version; undefined if somebody else changed the route meanwhile
 */
export async function changeRoute(
  database: Queryable,
  change: { module: string; app: string; who: string; why: string; expected: string | undefined },
): Promise<string | undefined> {
  const result = (await database.query(
    `with before as (
       select (select app from banyan.routes where module = $1) as app,
              (select version from banyan.routes where module = $1) as version
     ), change as (
       insert into banyan.route_changes (module, app, previous, who, why)
       select $1, $2, before.app, $3, $4 from before where before.version is not distinct from $5::bigint
       returning id, previous
     )
     insert into banyan.routes (module, app, version, previous, who, why)
     select $1, $2, change.id, change.previous, $3, $4 from change
     on conflict (module) do update set app = excluded.app, version = excluded.version, previous = excluded.previous,
       who = excluded.who, why = excluded.why, changed_at = clock_timestamp()
       where routes.version is not distinct from $5::bigint
     returning version`,
    [change.module, change.app, change.who, change.why, change.expected ?? null],
  )) as { version: string }[] | { rows: { version: string }[] };
  const [row] = Array.isArray(result) ? result : result.rows;
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
  const result = (await database.query('select app, wanted from banyan.wanted_apps')) as
    | Wanted[]
    | { rows: Wanted[] };
  return new Map((Array.isArray(result) ? result : result.rows).map((row) => [row.app, row.wanted]));
}

interface Wanted {
  readonly app: string;
  readonly wanted: boolean;
}
