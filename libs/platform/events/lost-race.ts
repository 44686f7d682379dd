import { lostLock, lostRace } from '../work/transient.js';
import { retryIn } from './retry-policy.js';

/** Lost races of one delivery that use up no attempt: some three minutes in all; those after them are faults like any other. */
export const MOST_RACES = 20;

/** Whoever holds a lock for longer than Postgres lets anybody wait for it, holds it for seconds: no need to come back more often. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * A delivery lost a race in Postgres: it was in a deadlock, could not be serialized, or did not get a lock in time. That says nothing about
 * the delivery, so it is recorded, and uses up no attempt.
 */
export class LostRace extends Error {
  override readonly name = 'LostRace';

  constructor(override readonly cause: Error) {
    super(`Lost a race in Postgres, which uses up no attempt: ${cause.message}`);
  }
}

/** Errors in errors that are looked through: a listener may say in its own words what Postgres has told it. */
const DEEPEST_CAUSE = 8;

/** Whether what failed, or what it failed of, may be had once nobody else holds it. */
export function raced(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < DEEPEST_CAUSE; depth++) {
    if (lostRace(cause) || lostLock(cause)) return true;
    if (!(cause instanceof Error)) return false;
    cause = cause.cause;
  }
  return false;
}

/**
 * When to try again what has lost a race, in milliseconds.
 *
 * @param race which it was of its delivery, from 1
 * @param backOff of the listener
 */
export function pauseAfter(race: number, backOff: { firstMs?: number; longestMs?: number } = {}): number {
  const longestMs = Math.min(backOff.longestMs ?? LONGEST_PAUSE_MS, LONGEST_PAUSE_MS);
  return retryIn('fault', race, Number.POSITIVE_INFINITY, { ...backOff, longestMs }) as number;
}
