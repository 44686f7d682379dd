import { Bug } from '../../seam/bug.js';
import type { OpenUnit } from '../../work/open-unit.js';
import type { LeasedRow } from './lease.js';
import { PLANS_LEAVE_OUT } from './plans.js';

const DONE = `update banyan.deliveries set state = 'done', settled_at = clock_timestamp()
where listener = $1 and event_id = any($2::bigint[]) and state = 'pending' and event_id between $3 and $4`;

const SKIPPED = `update banyan.deliveries set state = 'skipped', reason = $3, settled_at = clock_timestamp()
where listener = $1 and event_id = $2 and state = 'pending'`;

/**
 * Marks deliveries as done, in the unit that did them. Their first and last id are said apart, since Postgres does not look into a
 * list for the partitions that it may leave out. A batch is settled last, so nothing that the listener asks is planned like that.
 *
 * @param ids rising
 * @throws Bug if one of them was not pending any more: then its effects must not commit either
 */
export async function settleDone(unit: OpenUnit, listener: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const [, { rowCount }] = await Promise.all([
    unit.command(PLANS_LEAVE_OUT),
    unit.execute(DONE, [listener, ids, ids[0], ids.at(-1)]),
  ]);
  if (rowCount !== ids.length) {
    throw new Bug(
      `${ids.length} deliveries of ${listener} were done, but only ${rowCount} were pending: rolled back.`,
    );
  }
}

/** Marks a delivery as skipped, with the reason. */
export async function settleSkipped(
  unit: OpenUnit,
  listener: string,
  id: string,
  reason: string,
): Promise<void> {
  await unit.execute(SKIPPED, [listener, id, reason]);
}

const SKIPPED_TOGETHER = `update banyan.deliveries d set state = 'skipped', reason = s.reason, settled_at = clock_timestamp()
from unnest($2::bigint[], $3::text[]) as s(event_id, reason)
where d.listener = $1 and d.event_id = s.event_id and d.state = 'pending'`;

/** A delivery that is not done, and why. */
export interface Skipped {
  readonly id: string;
  readonly reason: string;
}

/** Marks deliveries as skipped, each with its reason. */
export async function settleSkippedTogether(
  unit: OpenUnit,
  listener: string,
  skipped: readonly Skipped[],
): Promise<void> {
  if (skipped.length === 0) return;
  await unit.execute(SKIPPED_TOGETHER, [
    listener,
    skipped.map(({ id }) => id),
    skipped.map(({ reason }) => reason),
  ]);
}

const DONE_UNDER_LEASE = `update banyan.deliveries set state = 'done', settled_at = clock_timestamp(), outcome = 'done'
where listener = $1 and event_id = $2 and state = 'pending' and due_at = $3::timestamptz`;

/**
 * Marks a delivery as done whose work was done outside a transaction.
 *
 * @returns false when the lease is gone: somebody else has taken it over, and what was done must not be recorded twice
 */
export async function settleLeased(
  unit: OpenUnit,
  listener: string,
  id: string,
  lease: string | null,
): Promise<boolean> {
  const { rowCount } = await unit.execute(DONE_UNDER_LEASE, [listener, id, lease]);
  return rowCount === 1;
}

const SKIPPED_UNDER_LEASE = `update banyan.deliveries set state = 'skipped', reason = $4, settled_at = clock_timestamp(), calls = calls - 1, outcome = $5
where listener = $1 and event_id = $2 and state = 'pending' and due_at = $3::timestamptz`;

/** Marks a delivery as skipped that was taken for a call: it was not made after all. */
export async function settleUncalled(
  unit: OpenUnit,
  listener: string,
  { event_id, lease, outcome_before }: LeasedRow,
  reason: string,
): Promise<void> {
  await unit.execute(SKIPPED_UNDER_LEASE, [listener, event_id, lease, reason, outcome_before]);
}
