import { changeRoute } from './sql/change-route.js';
import { readPlacement } from './sql/read-placement.js';
import type { Queryable } from './sql/rows-of.js';

/**
 * Routes modules to the apps of a start. A route that leads there already stays as it is, and so does a module without a
 * route whose home is the app that answers for all such modules.
 *
 * @param homes the app of each module
 * @param unrouted the app that hosts everything, and so answers for modules without a route
 * @param why what is written beside each change
 */
export async function setHomes(
  database: Queryable,
  homes: ReadonlyMap<string, string>,
  unrouted: string,
  why: string,
): Promise<void> {
  const { routes } = await readPlacement(database);
  for (const [module, app] of homes) {
    const route = routes.get(module);
    if (route ? route.app === app : app === unrouted) continue;
    await changeRoute(database, { module, app, who: 'start', why, expected: route?.version });
  }
}
