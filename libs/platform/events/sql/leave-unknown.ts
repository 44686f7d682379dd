import type { OpenUnit } from '../../work/open-unit.js';
import type { Known, Lane } from '../listener.js';
import type { ClaimedRow } from './claim.js';

/** Whether this code knows the event of a row, in the version in which it was published. */
export function isKnown({ types, versions }: Known, row: Pick<ClaimedRow, 'type' | 'version'>): boolean {
  const at = types.indexOf(row.type);
  return at >= 0 && row.version <= (versions[at] as number);
}

const UNKNOWN = `update banyan.deliveries d set waits_for = e.type || '@' || e.version, due_at = clock_timestamp()
from banyan.events e
where e.id = d.event_id and d.listener = $1 and d.partition = $2 and d.state = 'pending' and d.waits_for is null
  and ($5::bigint[] is null or d.event_id = any ($5)) and not exists (select from unnest($3::text[], $4::int[]) as k(type, version) where k.type = e.type and e.version <= k.version)`;

/**
 * Leaves what this code does not know, in a lane that it holds, for code that does: it stays pending, costs no attempt, holds up
 * its key, and nobody is woken for it until {@link takeUpKnown} finds it in a process that knows it.
 *
 * @param leased only these events, for a lane that is not held: newer code may be calling out for the others at this moment, under a
 *   lease that must not be touched
 */
export async function leaveUnknown(
  unit: OpenUnit,
  lane: Lane,
  known: Known,
  leased?: readonly string[],
): Promise<void> {
  await unit.execute(UNKNOWN, [lane.listener, lane.partition, known.types, known.versions, leased ?? null]);
}
