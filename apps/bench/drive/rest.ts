import { setTimeout as pause } from 'node:timers/promises';
import type { Questions } from './database.js';

/** Deliveries of one listener that are not done. */
export interface Leftover {
  readonly listener: string;
  readonly count: number;
}

/** A delivery that gave up. */
export interface DeadDelivery {
  readonly listener: string;
  readonly event_id: string;
  readonly type: string | null;
  readonly reason: string | null;
}

const LOOK_EVERY_MS = 250;

/** What is still to be delivered, by listener. */
export async function pendingDeliveries(database: Questions): Promise<Leftover[]> {
  const rows = await database.query<{ listener: string; count: string }>(
    `select listener, count(*) from banyan.deliveries where state = 'pending' group by 1 order by 2 desc`,
  );
  return rows.map((row) => ({ listener: row.listener, count: Number(row.count) }));
}

/**
 * Waits until nothing is pending, seen twice in a row: a request that was given up by its client may still be at work.
 *
 * @param withinSeconds how long to wait
 * @param told called with what is left, at every look
 * @returns what was left when the time was up; empty when the system came to rest
 */
export async function untilRest(
  database: Questions,
  withinSeconds: number,
  told: (left: number) => void = () => undefined,
): Promise<Leftover[]> {
  const until = performance.now() + withinSeconds * 1000;
  for (let empty = 0; ; ) {
    const left = await pendingDeliveries(database);
    told(left.reduce((sum, each) => sum + each.count, 0));
    empty = left.length === 0 ? empty + 1 : 0;
    if (empty === 2 || performance.now() > until) return left;
    await pause(LOOK_EVERY_MS);
  }
}

/** Every delivery that is dead now, with what killed it. */
export async function deadDeliveries(database: Questions): Promise<DeadDelivery[]> {
  return database.query<DeadDelivery & Record<string, unknown>>(
    `select d.listener, d.event_id::text, e.type, d.reason from banyan.deliveries d
       left join banyan.events e on e.id = d.event_id
      where d.state = 'dead' order by d.event_id`,
  );
}
