import type { Listener } from './listener.js';

/** How long Postgres lets a session idle beyond the deadline of what is in work in it, so that the deadline comes first. Milliseconds. */
const BEYOND_DEADLINE_MS = 5_000;

/**
 * How long a group of deliveries waits for one lock, in milliseconds. Several of them in one transaction take rows in an order that nobody
 * chose, so groups of two lanes may wait for each other; Postgres sees that after a second (`deadlock_timeout`), and until then requests
 * wait for all the rows that both hold. With four lanes and a few contended rows, requests took up to 3.9 s.
 */
const GROUP_WAITS_MS = 200;

/**
 * How units of work begin in which a listener's own code runs: what idles in them ends at the listener's deadline.
 *
 * @param limit deliveries that may share it; a group of more than one gives way sooner, and is not tried again as it is
 */
export function unitOf(
  { deadlineMs }: Listener,
  limit = 1,
): { readonly idleMs: number; readonly lockMs?: number; readonly races?: number } {
  const idleMs = deadlineMs + BEYOND_DEADLINE_MS;
  return limit > 1 ? { idleMs, lockMs: GROUP_WAITS_MS, races: 1 } : { idleMs };
}
