import { changeRoute } from './sql/change-route.js';
import type { Queryable } from './sql/instances.js';
import { readPlacement } from './sql/read-placement.js';

/**
 * Routes modules to the apps of a start. A route that leads there already, or a module without a route that its only host
 * answers, stays as it is.
 *
 * @param homes the app of each module
 * @param why what is written beside each change
 */
export async function setHomes(
  database: Queryable,
  homes: ReadonlyMap<string, string>,
  why: string,
): Promise<void> {
  const { routes } = await readPlacement(database);
  for (const [module, app] of homes) {
    const route = routes.get(module);
    if (route ? route.app === app : app === 'marketplace') continue;
    await changeRoute(database, { module, app, who: 'start', why, expected: route?.version });
  }
}
