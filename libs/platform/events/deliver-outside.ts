import { Bug } from '../seam/bug.js';
import { Fault } from '../seam/fault.js';
import { Refusal } from '../seam/refusal.js';
import { inContext } from '../telemetry/call-context.js';
import { outsideUnits } from '../work/ambient.js';
import { GivenUp, limited } from '../work/limit.js';
import type { ModuleUnitOfWork } from '../work/module-unit-of-work.js';
import { lostConnection } from '../work/transient.js';
import type { Unit } from '../work/unit.js';
import { attempted } from './attempt-span.js';
import { type Identity, recordAlone, type Verdict } from './bury.js';
import type { Batch, Done } from './deliver-inside.js';
import { deliveryContext, mapped, toHeard } from './heard.js';
import { knownOf, type Listener } from './listener.js';
import { LaneNeedsCare, type Look } from './look.js';
import { STRIKES } from './retry-policy.js';
import { type LeasedRow, leaseLane, type Outcome } from './sql/lease.js';
import { settleLeased, settleUncalled } from './sql/settle.js';

/** How long a delivery is kept beyond the deadline of its call: for what is to be recorded. Milliseconds. */
const TO_RECORD_MS = 10_000;

/** How long a call may keep its delivery, in milliseconds; a process that is cut off in a call delays it by as much. */
export function leaseMsOf(listener: Listener): number {
  return listener.deadlineMs + TO_RECORD_MS;
}

/**
 * Handles the next deliveries of a lane whose listener calls the outside world: the calls are made with no transaction
 * open, each result is recorded in a unit of its own together with "done".
 *
 * @throws LaneNeedsCare when the lane must not be worked as usual
 */
export async function deliverOutside(work: ModuleUnitOfWork, look: Look): Promise<Batch> {
  const { listener, lane, limit, identity, noted, alone = false } = look;
  const known = knownOf(listener);
  const lease = {
    lane,
    known,
    limit,
    leaseMs: leaseMsOf(listener),
    ...identity,
    suspects: alone,
  };
  const rows = await work.open(async (unit) => {
    const [leased] = await Promise.all([leaseLane(unit, lease), noted]);
    const careful = leased.dead.length > 0 || (leased.suspects && !alone);
    if (careful) throw new LaneNeedsCare(leased.dead); // and nothing is leased
    return leased.rows;
  });
  const [first] = rows;
  if (!first) return { outcome: 'empty', done: [], verdicts: [] };
  await look.begun?.(first);
  const done: Done[] = [];
  const ended = await Promise.allSettled(rows.map((row) => deliverOne(work, listener, row, identity, done)));
  const verdicts = ended.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value] : []));
  const lost = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  return { outcome: 'worked', done, verdicts, lost };
}

/** Whether so many outcomes of a delivery got lost that the next one is taken for its own doing. Nothing may be tried for ever. */
function isTooOftenLost({ calls, attempts }: LeasedRow): boolean {
  return calls - attempts >= STRIKES;
}

/**
 * The call to the outside failed, whatever it failed of: a provider that refuses connections is not our database's trouble, though its
 * error may bear the same code.
 */
class CallFailed extends Error {
  constructor(readonly thrown: unknown) {
    super('The call failed.', { cause: thrown });
  }
}

async function deliverOne(
  work: ModuleUnitOfWork,
  listener: Listener,
  row: LeasedRow,
  identity: Identity,
  done: Done[],
): Promise<Verdict | undefined> {
  const context = deliveryContext(listener, row);
  const course: Course = { called: false, answered: false };
  try {
    const call = () => outsideUnits(() => callAndRecord(work, listener, row, course));
    const recorded = await attempted(row, context, undefined, () => inContext(context, call));
    if (recorded) done.push({ id: row.event_id, type: row.type, context });
    return undefined;
  } catch (error) {
    const failed = error instanceof CallFailed ? error.thrown : error;
    // It says nothing about the delivery, at first.
    if (failed === error && lostConnection(error) && !isTooOftenLost(row)) throw error;
    const thrown = failed instanceof GivenUp ? failed.reason : failed;
    const outcome = outcomeOf(row, course, thrown);
    return await recordAlone(work, listener, row, thrown, identity, outcome);
  }
}

/** How far an attempt has come. */
interface Course {
  called: boolean;
  answered: boolean;
}

/**
 * What is known of the effect after an attempt that failed. That this one had none says nothing of an earlier one, so what is
 * unknown stays so until a result is recorded, or somebody has looked.
 */
function outcomeOf(row: LeasedRow, { called, answered }: Course, thrown: unknown): Outcome {
  const vouched = thrown instanceof Refusal || (thrown instanceof Fault && thrown.acted === 'no');
  const without = !called || (vouched && !answered);
  return without && row.outcome_before !== 'unknown' ? 'failed' : 'unknown';
}

/** @returns whether it was done by this caller; false: it was skipped, or somebody else had taken it over */
async function callAndRecord(
  work: ModuleUnitOfWork,
  listener: Listener,
  row: LeasedRow,
  course: Course,
): Promise<boolean> {
  const heard = toHeard(listener, row);
  const reason = listener.options.skip?.(heard);
  if (reason !== undefined) {
    await work.open((unit) => settleUncalled(unit, listener.name, row, reason));
    return false;
  }
  const { name, deadlineMs } = listener;
  const call = async () => {
    const payload = mapped(listener, heard);
    course.called = true;
    return listener.call(payload);
  };
  const record = await limited(name, deadlineMs, call).catch((error) => {
    throw new CallFailed(error);
  });
  course.answered = true;
  if (typeof record !== 'function') {
    throw new Bug(
      `${listener.name} must return what to record: async () => { ...; return async (unit) => { ... }; }`,
    );
  }
  return work.open(async (unit) => {
    // First: a second caller waits here, and finds its lease gone.
    if (!(await settleLeased(unit, listener.name, row.event_id, row.lease))) return false;
    const recorded = async () => (record as (unit: Unit) => Promise<void>)(unit);
    await limited(`what ${name} records`, TO_RECORD_MS, recorded, (reason) => unit.abandon(reason));
    return true;
  });
}
