import type { DataSource } from 'typeorm';
import type { Lane } from '../listener.js';
import { CLAIMABLE } from './claim.js';
import { lookUpFloor } from './work-floor.js';

/**
 * The lanes of some listeners in which something could have been done for a while: their wake-up got lost.
 *
 * @param graceMs how long it must have been due, in milliseconds
 */
export async function findOverdue(
  source: DataSource,
  listeners: readonly string[],
  graceMs: number,
): Promise<Lane[]> {
  const floor = await lookUpFloor(source);
  return source.query(
    `select listener, partition from banyan.deliveries d join banyan.listeners l on l.name = d.listener
     where d.listener = any($1) and d.event_id >= $3 and d.event_id < l.open_below and d.due_at <= clock_timestamp() - $2 * interval '1 millisecond' and ${CLAIMABLE}
     group by listener, partition`,
    [listeners, graceMs, floor],
  );
}
