import type { OpenUnit } from '../../work/open-unit.js';
import type { Known, Lane } from '../listener.js';
import { isKnown, leaveUnknown } from './leave-unknown.js';

/** A pending delivery with its event. */
export interface ClaimedRow {
  readonly event_id: string;
  readonly key: string | null;
  readonly attempts: number;
  readonly type: string;
  readonly version: number;
  readonly event_key: string | null;
  readonly payload: unknown;
  readonly traceparent: string;
  readonly conversation: string | null;
  readonly hops: number;
  readonly occurred_at: Date;
  /** The `traceparent` of the attempt before this one; null for the first. */
  readonly attempt_before: string | null;
  /** The lease that it was taken under, for work outside a transaction; null inside. */
  readonly lease: string | null;
}

const LOCK_LANE = `select pg_try_advisory_xact_lock(hashtext('lane ' || $1::text), $2::int) as locked`;

/** What may be done now: due, known to code, and not behind an earlier event of its key that has failed, died, or is not known yet. */
export const CLAIMABLE = `d.state = 'pending' and d.due_at <= clock_timestamp() and d.waits_for is null
  and (d.key is null or not exists (
    select from banyan.deliveries h
    where h.listener = d.listener and h.key = d.key and h.event_id < d.event_id
      and (h.attempts > 0 or h.waits_for is not null) and h.state in ('pending', 'dead')))`;

/** Of listener $1, what is not paused and not being rearranged: read with the rows, so that a pause holds from its commit on. */
const OPEN = 'd.event_id < (select l.open_below from banyan.listeners l where l.name = $1)';

const COLUMNS = `d.event_id, d.key, d.attempts, e.type, e.version, e.key as event_key, e.payload, e.traceparent,
  e.conversation, e.hops, e.occurred_at, case when d.attempts > 0 then (
    select a.traceparent from banyan.attempts a
    where a.listener = d.listener and a.event_id = d.event_id and a.attempt = d.attempts) end as attempt_before`;

const CLAIM = `select ${COLUMNS}, null as lease
from banyan.deliveries d join banyan.events e on e.id = d.event_id
where d.listener = $1 and d.partition = $2 and ${OPEN} and ${CLAIMABLE}
order by d.event_id limit $3`;

/**
 * Takes a lane for the rest of the unit and reads what is to be done there, oldest first. The lock is a statement of its
 * own, sent ahead: read in the same statement, the rows would be those of before the lock was had.
 *
 * @param known the events that this code's listener hears; others wait for the code that knows them
 * @returns undefined when somebody else has the lane
 */
export async function claimLane(
  unit: OpenUnit,
  lane: Lane,
  known: Known,
  limit: number,
): Promise<ClaimedRow[] | undefined> {
  const read = () => unit.query<ClaimedRow>(CLAIM, [lane.listener, lane.partition, limit]);
  const [[lock], rows] = await Promise.all([
    unit.query<{ locked: boolean }>(LOCK_LANE, [lane.listener, lane.partition]),
    read(),
  ]);
  if (!lock?.locked) return undefined;
  if (rows.every((row) => isKnown(known, row))) return rows;
  await leaveUnknown(unit, lane, known);
  const left = await read();
  const published = left.findIndex((row) => !isKnown(known, row)); // between the two: it is left the next time
  return published < 0 ? left : left.slice(0, published);
}

const LEASE = `with taken as (
  update banyan.deliveries set due_at = clock_timestamp() + $4 * interval '1 millisecond'
  where listener = $1 and event_id in (
    select d.event_id from banyan.deliveries d
    where d.listener = $1 and d.partition = $2 and ${OPEN} and ${CLAIMABLE}
    order by d.event_id limit $3 for update of d skip locked)
  returning listener, event_id, key, attempts, due_at::text as lease
)
select ${COLUMNS}, d.lease from taken d join banyan.events e on e.id = d.event_id order by d.event_id`;

/**
 * Takes deliveries for work outside a transaction: nobody else takes them before the lease ends. A lease that runs out
 * because its holder died makes the delivery due again; a holder that comes back late finds its lease gone, and its result is
 * not recorded.
 *
 * @param leaseMs how long, in milliseconds; longer than the work may take
 */
export async function leaseLane(
  unit: OpenUnit,
  lane: Lane,
  known: Known,
  limit: number,
  leaseMs: number,
): Promise<ClaimedRow[]> {
  const rows = await unit.query<ClaimedRow>(LEASE, [lane.listener, lane.partition, limit, leaseMs]);
  const fit = rows.filter((row) => isKnown(known, row));
  if (fit.length < rows.length) await leaveUnknown(unit, lane, known);
  return fit;
}
