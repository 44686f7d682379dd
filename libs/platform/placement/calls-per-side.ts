import type { SeenInstance } from './instance.js';

/** What became of the calls and requests to a module since some moment, over all processes. */
export interface CallsPerSide {
  /** Answered by the app that the module leaves. */
  readonly from: number;
  /** Answered by the app that it goes to. */
  readonly to: number;
  /** Calls that failed by a fault, and requests answered 5xx, wherever. */
  readonly failed: number;
}

/** No call at all. */
export const NO_CALLS: CallsPerSide = { from: 0, to: 0, failed: 0 };

/**
 * What happened between two looks, by what each process says of itself. A process that has ended meanwhile took its counters
 * along, and one that has come since began at nothing.
 */
export function callsBetween(
  before: readonly SeenInstance[],
  after: readonly SeenInstance[],
  module: string,
  sides: { readonly from: string; readonly to: string },
): CallsPerSide {
  const earlier = new Map(before.map((instance) => [instance.id, instance]));
  const since = (instance: SeenInstance, what: 'answered' | 'failed') =>
    (instance.health[what][module] ?? 0) - (earlier.get(instance.id)?.health[what][module] ?? 0);
  const sum = (what: 'answered' | 'failed', app?: string) =>
    after
      .filter((instance) => app === undefined || instance.app === app)
      .reduce((total, instance) => total + since(instance, what), 0);
  return { from: sum('answered', sides.from), to: sum('answered', sides.to), failed: sum('failed') };
}
