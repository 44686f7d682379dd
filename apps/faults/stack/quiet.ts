import { setTimeout as pause } from 'node:timers/promises';
import type { WakeJobs } from '../servers/wake-jobs.js';

/** What still moves in a bed. */
export interface Unrest {
  /** Deliveries that could still be done; not those that wait behind a dead one of their key. */
  readonly pending: number;
  /** Sessions that hold a transaction open and do nothing in it. */
  readonly idleInTransaction: number;
  readonly jobs: WakeJobs;
}

/** How a bed came to rest, or did not. */
export interface Quiet extends Unrest {
  readonly quiet: boolean;
  /** From the healing until nothing moved any more, in milliseconds. */
  readonly ms: number;
}

export const UNREST = `select
  (select count(*)::int from banyan.delivery_states d where state = 'pending' and not exists (
    select from banyan.delivery_states h where h.listener = d.listener and h.key = d.key and h.event_id < d.event_id
      and h.state = 'dead')) as pending,
  (select count(*)::int from pg_stat_activity where datname = current_database() and state = 'idle in transaction'
     and application_name <> 'faults' and state_change < clock_timestamp() - interval '1 second') as "idleInTransaction"`;

/**
 * Waits until nothing moves any more: no delivery that could be done, no forgotten transaction. Jobs are only counted, they are
 * hints; but `jobs` makes it wait for them too.
 *
 * @param withinMs how long it may take, in milliseconds
 */
export async function untilQuiet(
  look: () => Promise<Unrest>,
  withinMs: number,
  options: { jobs: boolean },
): Promise<Quiet> {
  const began = performance.now();
  let last: Unrest = { pending: -1, idleInTransaction: -1, jobs: { waiting: -1, active: -1, delayed: -1 } };
  for (;;) {
    last = await look().catch(() => last); // a server that is only coming back does not answer yet
    const jobs = last.jobs.waiting + last.jobs.active + last.jobs.delayed;
    const quiet = last.pending === 0 && last.idleInTransaction === 0 && (!options.jobs || jobs === 0);
    const ms = Math.round(performance.now() - began);
    if (quiet || ms > withinMs) return { ...last, quiet, ms };
    await pause(150);
  }
}
