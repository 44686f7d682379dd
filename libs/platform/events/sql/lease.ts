import type { OpenUnit } from '../../work/open-unit.js';
import type { Known, Lane } from '../listener.js';
import { CLAIMABLE, type ClaimedRow, COLUMNS, DEAD, OPEN } from './claim.js';
import { leaveUnknown } from './leave-unknown.js';
import { FLOOR_NOW, hasSunk, workFloor } from './work-floor.js';

// Derived, so that a delivery that is written anew has the same; the moment keeps the events of two databases apart that share a provider.
const KEY = `left(encode(sha256(convert_to(concat_ws(' ', $1::text, f.event_id, extract(epoch from f.occurred_at)), 'UTF8')), 'hex'), 32)::uuid`;

const KNOWN =
  'select from unnest($9::text[], $10::int[]) as k(type, version) where k.type = f.type and f.version <= k.version';

// Suspects run alone: with $6 only they are taken, and otherwise all others. What this code does not know is found, and not taken.
// Joined to what is found alone, the table would be read from the floor on where its plan was made while it was small: hence the list.
const LEASE = `with due as materialized (
  select d.listener, d.event_id, d.key, d.attempts, d.crashes, d.outcome as outcome_before from banyan.deliveries d
  where d.listener = $1 and d.partition = $2 and d.event_id >= $4 and (d.crashes > 0) = $6 and ${OPEN} and ${CLAIMABLE}
    and $4 <= (select low from banyan.work_floor)
  order by d.event_id limit $3 for update of d skip locked
), found as materialized (
  select ${COLUMNS}, d.outcome_before from due d join banyan.events e on e.id = d.event_id
), taken as (
  update banyan.deliveries t set due_at = clock_timestamp() + $5 * interval '1 millisecond',
    outcome = 'unknown', calls = coalesce(t.calls, 0) + 1, effect_key = coalesce(t.effect_key, ${KEY}),
    first_call_at = coalesce(t.first_call_at, clock_timestamp()), last_call_at = clock_timestamp(),
    called_app = $7, called_instance = $8
  from found f
  where t.listener = $1 and t.event_id >= $4 and t.event_id = any(array(select f.event_id from found f where exists (${KNOWN})))
    and t.event_id = f.event_id
  returning t.event_id, t.due_at::text as lease, t.effect_key, t.calls
)
select found.*, taken.lease, taken.effect_key, taken.calls from found left join taken using (event_id) order by found.event_id`;

const BEFORE_LEASE = `select (${DEAD}) as dead, ${FLOOR_NOW}, set_config('plan_cache_mode', 'force_generic_plan', true),
  exists (select from banyan.deliveries d
    where d.listener = $1 and d.partition = $2::int and d.event_id >= $4 and d.crashes > 0 and ${OPEN} and ${CLAIMABLE}) as suspects`;

/** How deliveries are taken for work outside a transaction. */
export interface Lease {
  readonly lane: Lane;
  /** The events that this code's listener hears; others wait for the code that knows them. */
  readonly known: Known;
  readonly limit: number;
  /** How long nobody else takes them, in milliseconds; longer than the work may take. */
  readonly leaseMs: number;
  /** Who takes them. */
  readonly app: string;
  readonly instance: string;
  /** Takes suspects of a crash, and only them. */
  readonly suspects: boolean;
}

/** What a look into a lane found, and took. */
export interface LeasedLane {
  /** Instances that died while they worked in the lane. */
  readonly dead: readonly string[];
  /** Whether there are suspects that could be taken. */
  readonly suspects: boolean;
  readonly rows: LeasedRow[];
}

/** A delivery that is taken for a call to the outside world. */
export interface LeasedRow extends ClaimedRow {
  readonly lease: string;
  /** Idempotency key of its call. */
  readonly effect_key: string;
  /** Calls that were made for it, with this one. */
  readonly calls: number;
  /** What was known of the calls before this one. */
  readonly outcome_before: Outcome | null;
}

/** What is known of the effect of calls to the outside world. */
export type Outcome = 'unknown' | 'done' | 'failed';

/**
 * Takes deliveries for work outside a transaction, and notes in the same statement that their calls are out: nobody else takes them before
 * the lease ends. A lease that runs out because its holder died makes the delivery due again; a holder that comes back late finds
 * its lease gone, and its result is not recorded.
 */
export async function leaseLane(unit: OpenUnit, lease: Lease): Promise<LeasedLane> {
  const asked = workFloor(unit);
  const first = await leaseFrom(unit, lease, asked, lease.limit);
  if (!hasSunk(unit, asked, first.floor)) return first;
  const { dead, suspects, rows } = await leaseFrom(unit, lease, first.floor, lease.limit - first.rows.length);
  return { dead, suspects, rows: [...rows, ...first.rows] };
}

async function leaseFrom(
  unit: OpenUnit,
  { lane, known, leaseMs, app, instance, suspects }: Lease,
  floor: string,
  limit: number,
): Promise<LeasedLane & { readonly floor: string }> {
  const where = [lane.listener, lane.partition];
  const { types, versions } = known;
  const how = [limit, floor, leaseMs, suspects, app, instance, types, versions];
  const [[before], rows] = await Promise.all([
    unit.query<{ dead: string[] | null; floor: string; suspects: boolean }>(BEFORE_LEASE, [
      ...where,
      instance,
      floor,
    ]),
    unit.query<LeasedRow | (ClaimedRow & { lease: null })>(LEASE, [...where, ...how]),
  ]);
  const taken = rows.filter((row): row is LeasedRow => row.lease !== null);
  const unfit = rows.filter((row) => row.lease === null).map((row) => row.event_id);
  if (unfit.length > 0) await leaveUnknown(unit, lane, known, unfit);
  return {
    dead: before?.dead ?? [],
    suspects: before?.suspects ?? false,
    floor: before?.floor ?? '0',
    rows: taken,
  };
}
