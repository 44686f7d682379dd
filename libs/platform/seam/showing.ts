import { AsyncLocalStorage } from 'node:async_hooks';
import { Bug } from './bug.js';
import { show } from './nest-metadata.js';
import type { StandInModule } from './stand-in-modules.js';

const inTurn = new AsyncLocalStorage<{ over: boolean }>();
let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs the creation of an application while Nest is shown stand-ins for modules that live elsewhere. What Nest reads stands on
 * the classes, which all applications of a process share, so creations take turns, also those that need no stand-ins; after
 * its turn the classes are as they were. Nest reads them at creation and never again, but for modules that are loaded lazily.
 *
 * @throws Bug for a creation within a creation, which would wait for itself
 */
export async function whileShown<T>(
  standIns: readonly StandInModule[],
  create: () => Promise<T>,
): Promise<T> {
  if (inTurn.getStore()?.over === false) {
    throw new Bug(
      'An application is created while another is: create it after the other, or in a process of its own.',
    );
  }
  const creation = { over: false };
  const mine = turn.then(() =>
    inTurn.run(creation, async () => {
      const restore = standIns.map(({ form, lists }) => show(form, lists));
      try {
        return await create();
      } finally {
        creation.over = true;
        for (const undo of restore) undo();
      }
    }),
  );
  turn = mine.catch(() => undefined);
  return mine;
}
