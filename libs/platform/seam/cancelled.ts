import { AsyncLocalStorage } from 'node:async_hooks';
import type { GiveUpSignal, GivingUp } from './giving-up.js';

const storage = new AsyncLocalStorage<GiveUpSignal>();

/** Runs the work of a call that came from another process, whose caller may give up: `signal` is aborted then. */
export function cancelledBy<T>(signal: GiveUpSignal, work: () => T): T {
  return storage.run(signal, work);
}

/**
 * Gives `call` up, too, once nobody waits any more for the work that makes it.
 *
 * @returns ends that, for when the call is over: the work above it may make many more
 */
export function givenUpWithCallers(call: GivingUp): (() => void) | undefined {
  const above = storage.getStore();
  if (above === undefined) return undefined;
  if (above.aborted) {
    call.abort(above.reason);
    return undefined;
  }
  const giveUp = () => call.abort(above.reason);
  above.addEventListener('abort', giveUp, { once: true });
  return () => above.removeEventListener('abort', giveUp);
}
