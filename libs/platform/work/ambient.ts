import { AsyncLocalStorage } from 'node:async_hooks';
import type { Unit } from './unit.js';

const storage = new AsyncLocalStorage<Unit | undefined>();

/** The unit of work that is open around the running code, if any. */
export function currentUnit(): Unit | undefined {
  return storage.getStore();
}

/** Runs `work` inside `unit`: what it writes and publishes commits with that unit. */
export function insideUnit<T>(unit: Unit, work: () => T): T {
  return storage.run(unit, work);
}

/** Runs `work` with no unit of work around it, so that it opens its own. */
export function outsideUnits<T>(work: () => T): T {
  return storage.run(undefined, work);
}
