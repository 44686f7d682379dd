import { Bug } from '../seam/bug.js';
import { Refusal } from '../seam/refusal.js';
import { ProcessDied } from './crashes/process-died.js';

/** The three kinds of "no", and the death of the process. */
export type FailureKind = 'refusal' | 'fault' | 'bug' | 'crash';

/** Errors of the language itself: the code is wrong, and trying again does not mend it. */
const BUGS = [Bug, TypeError, ReferenceError, RangeError, SyntaxError];

/** What kind of failure an error is. What we can't tell is a fault: trying again is the safe answer. */
export function kindOf(error: unknown): FailureKind {
  if (error instanceof Refusal) return 'refusal';
  if (error instanceof ProcessDied) return 'crash';
  // fetch() reports a refused connection as a TypeError; what went wrong with the network is its cause.
  const network = error instanceof TypeError && error.cause !== undefined;
  return !network && BUGS.some((type) => error instanceof type) ? 'bug' : 'fault';
}

/** Attempts before a fault is dead, unless the listener says otherwise: about a minute and a half in all. */
export const ATTEMPTS = 8;

/** Crashes before a delivery is dead: one in which it had neighbours, and one in which it had none. */
export const CRASHES = 2;

/** Lost connections in a row that are taken for the database's trouble; those from then on, for the delivery's. */
export const STRIKES = 3;

const FIRST_MS = 200;
const LONGEST_MS = 60_000;

/**
 * When to try again: exponential, with full jitter on the upper half, so that what failed together doesn't return together.
 *
 * @param attempt the attempt that failed, from 1
 * @param attempts how many the listener allows
 * @param backOff the shortest and the longest pause, in milliseconds
 * @returns milliseconds from now, or undefined: never, it is dead
 */
export function retryIn(
  kind: FailureKind,
  attempt: number,
  attempts = ATTEMPTS,
  { firstMs = FIRST_MS, longestMs = LONGEST_MS }: { firstMs?: number; longestMs?: number } = {},
): number | undefined {
  if (kind !== 'fault' || attempt >= attempts) return undefined;
  const ceiling = Math.min(firstMs * 3 ** (attempt - 1), longestMs);
  return ceiling * (0.5 + Math.random() / 2);
}
