import type { Backend, Bed, BedOptions } from '../stack/bed.js';

/** What a bed needs to be like for a row, beside what every bed is. */
export type BedWish = Partial<
  Pick<BedOptions, 'env' | 'flags' | 'clients' | 'paceMs' | 'dawdle' | 'replicas' | 'unstarted' | 'placing'>
>;

/** One row of the fault matrix: what is injected, and what must hold beside everything that the oracle checks after every row. */
export interface Row {
  readonly name: string;
  readonly injects: string;
  readonly holds: string;
  readonly bed?: BedWish;
  /** Why it can't apply to a backend, or to any. */
  readonly notApplicable?: (backend: Backend) => string | undefined;
  /** The part that it waits for, and a table that is there once that part is built. */
  readonly waitsFor?: { readonly part: string; readonly table: string };
  /** How late a dead letter may be seen after its last attempt began, in milliseconds. Default: 5,000. */
  readonly visibleWithinMs?: number;
  /** Whether BullMQ's jobs must all be gone at the end, too. */
  readonly untilNoJobs?: boolean;
  /**
   * Injects the fault into a bed under load, and looks at what is special about it. Healing, the wait for rest and the oracle
   * come afterwards by themselves.
   *
   * @throws Error whose message says what did not hold
   */
  inject(bed: Bed): Promise<void>;
}

/** @throws Error with the sentence, unless the fact holds */
export function holds(fact: boolean, sentence: string): void {
  if (!fact) throw new Error(sentence);
}

/** Rows about Redis itself have no meaning where BullMQ runs on Postgres. */
export function withoutRedis(backend: Backend): string | undefined {
  return backend === 'postgres' ? 'BullMQ runs on Postgres: there is no Redis to be struck' : undefined;
}
