import type { OpenUnit } from '../../work/open-unit.js';
import type { Known, Lane } from '../listener.js';
import { isKnown, leaveUnknown } from './leave-unknown.js';
import { PLANS_AS_EVER } from './plans.js';
import { FLOOR_NOW, hasSunk, workFloor } from './work-floor.js';

/** A pending delivery with its event. */
export interface ClaimedRow {
  readonly event_id: string;
  readonly key: string | null;
  readonly attempts: number;
  /** Those of the attempts that ended with their process. */
  readonly crashes: number;
  readonly type: string;
  readonly version: number;
  readonly event_key: string | null;
  readonly payload: unknown;
  /** With the tenant: `readOrigin`. */
  readonly traceparent: string;
  readonly conversation: string | null;
  readonly hops: number;
  readonly occurred_at: Date;
  /** The `traceparent` of the attempt before this one; null for the first. */
  readonly attempt_before: string | null;
  /** The lease that it was taken under, for work outside a transaction; null inside. */
  readonly lease: string | null;
  /** Idempotency key of what calls out; absent where nothing does. */
  readonly effect_key?: string | null;
}

/** Others that are noted in the lane, and whose process is gone: the server has let go of the lock that they held all their life. */
export const DEAD = `select array_agg(instance) from banyan.in_work where listener = $1 and partition = $2::int and instance <> $3
  and pg_try_advisory_xact_lock_shared(hashtext('instance'), hashtext(instance))`;

// Sets what PLANS_LEAVE_OUT sets; the claim is followed by PLANS_AS_EVER.
const LOCK_LANE = `select pg_try_advisory_xact_lock(hashtext('lane ' || $1::text), $2::int) as locked, ${FLOOR_NOW}, (${DEAD}) as dead,
  set_config('plan_cache_mode', 'force_generic_plan', true)`;

/** What a look into a lane found. */
export interface ClaimedLane {
  /** False when somebody else has the lane; then there is nothing else. */
  readonly locked: boolean;
  /** Instances that died while they worked in the lane. */
  readonly dead: readonly string[];
  readonly rows: ClaimedRow[];
}

/** What may be done now: due, known to code, and not behind an earlier event of its key that has failed, died, or is not known yet. */
export const CLAIMABLE = `d.state = 'pending' and d.due_at <= clock_timestamp() and d.waits_for is null
  and (d.key is null or not exists (
    select from banyan.deliveries h
    where h.listener = d.listener and h.key = d.key and h.event_id < d.event_id
      and (h.attempts > 0 or h.waits_for is not null) and h.state in ('pending', 'dead')))`;

/** Of listener $1, what is not paused and not being rearranged: read with the rows, so that a pause holds from its commit on. */
export const OPEN = 'd.event_id < (select l.open_below from banyan.listeners l where l.name = $1)';

/** What a {@link ClaimedRow} is read as, without its lease. */
export const COLUMNS = `d.event_id, d.key, d.attempts, d.crashes, e.type, e.version, e.key as event_key, e.payload, e.traceparent,
  e.conversation, e.hops, e.occurred_at, case when d.attempts > 0 then (
    select a.traceparent from banyan.attempts a
    where a.listener = d.listener and a.event_id = d.event_id and a.attempt = d.attempts order by a.id desc limit 1) end as attempt_before`;

// Nothing where the floor has sunk below the guess by the moment of this statement, even if that was after the lock's: what was made
// pending down there comes first.
const CLAIM = `select ${COLUMNS}, null as lease
from banyan.deliveries d join banyan.events e on e.id = d.event_id
where d.listener = $1 and d.partition = $2 and d.event_id >= $4 and e.id >= $4 and ${OPEN} and ${CLAIMABLE}
  and $4 <= (select low from banyan.work_floor)
order by d.event_id limit $3`;

/**
 * Takes a lane for the rest of the unit and reads what is to be done there, oldest first. The lock is a statement of its
 * own, sent ahead: read in the same statement, the rows would be those of before the lock was had.
 *
 * @param known the events that this code's listener hears; others wait for the code that knows them
 * @param instance who claims
 */
export async function claimLane(
  unit: OpenUnit,
  lane: Lane,
  known: Known,
  limit: number,
  instance: string,
): Promise<ClaimedLane> {
  const where = [lane.listener, lane.partition];
  const floor = workFloor(unit);
  const read = (from: string) => unit.query<ClaimedRow>(CLAIM, [...where, limit, from]);
  const [[lock], found] = await Promise.all([
    unit.query<{ locked: boolean; floor: string; dead: string[] | null }>(LOCK_LANE, [...where, instance]),
    read(floor),
    unit.command(PLANS_AS_EVER),
  ]);
  if (!lock?.locked) return { locked: false, dead: [], rows: [] };
  const dead = lock.dead ?? [];
  const rows = hasSunk(unit, floor, lock.floor) ? await read(lock.floor) : found;
  if (rows.every((row) => isKnown(known, row))) return { locked: true, dead, rows };
  await leaveUnknown(unit, lane, known);
  const left = await read(lock.floor);
  const published = left.findIndex((row) => !isKnown(known, row)); // between the two: it is left the next time
  return { locked: true, dead, rows: published < 0 ? left : left.slice(0, published) };
}

/** Takes a lane for the rest of the unit; false when somebody else has it. */
export async function takeLane(unit: OpenUnit, lane: Lane): Promise<boolean> {
  const lock = `select pg_try_advisory_xact_lock(hashtext('lane ' || $1::text), $2::int) as locked`;
  const [row] = await unit.query<{ locked: boolean }>(lock, [lane.listener, lane.partition]);
  return row?.locked === true;
}
