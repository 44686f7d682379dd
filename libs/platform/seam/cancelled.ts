import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<AbortSignal>();

/** Runs the work of a call that came from another process, whose caller may give up: `signal` is aborted then. */
export function cancelledBy<T>(signal: AbortSignal, work: () => T): T {
  return storage.run(signal, work);
}

/** A signal that is aborted with `own`, or once nobody waits any more for the work that makes the call. */
export function withCallers(own: AbortSignal): AbortSignal {
  const above = storage.getStore();
  return above === undefined ? own : AbortSignal.any([own, above]);
}
