import { type CallContext, inContext } from '../telemetry/call-context.js';
import { GivenUp, limited } from '../work/limit.js';
import type { OpenUnit } from '../work/open-unit.js';
import { lostConnection, lostRace, sqlState } from '../work/transient.js';
import { attempted } from './attempt-span.js';
import { recordVerdict, type Verdict } from './bury.js';
import { deliveryContext, mapped, toHeard } from './heard.js';
import type { Listener } from './listener.js';
import { claim, type Look } from './look.js';
import { raced } from './lost-race.js';
import type { ClaimedRow } from './sql/claim.js';
import { settleDone, settleSkipped } from './sql/settle.js';

/** A delivery that was done, and the context that it ran in. */
export interface Done {
  readonly id: string;
  readonly type: string;
  readonly context: CallContext;
}

/** What one look into a lane came to. */
export interface Batch {
  /** `busy`: somebody else has the lane. `empty`: nothing to do. `worked`: look again. */
  readonly outcome: 'busy' | 'empty' | 'worked';
  readonly done: readonly Done[];
  readonly verdicts: readonly Verdict[];
  /** What kept the outcome of others from being recorded, once for each: they come back when their lease ends. */
  readonly lost?: readonly unknown[];
}

/**
 * How long a group of deliveries may go on before it begins nothing more and commits, in milliseconds: so long, and as long as its last
 * one takes, it keeps requests from the rows of its first. Short ones are not held up by it: a hundred of 0.4 ms fit in.
 */
const GROUP_LASTS_MS = 100;

/** A delivery of a batch failed; the whole batch is rolled back and done again carefully. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
}

/** A delivery was given up while it ran, and its unit with it. */
export class DeliveryGivenUp extends Error {
  override readonly name = 'DeliveryGivenUp';
  /** What is recorded of it. */
  readonly reason: Error;

  /** @param row which; undefined: one of a batch */
  constructor(
    { reason }: GivenUp,
    readonly row: ClaimedRow | undefined,
  ) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

/**
 * Handles the next deliveries of a lane in `unit`: their effects and their states commit together. Whatever one of them
 * throws aborts the unit, and the batch is to be done again by {@link deliverCarefully}.
 */
export async function deliverBatch(unit: OpenUnit, look: Look): Promise<Batch> {
  const { listener } = look;
  const rows = await claim(unit, look);
  if (!rows?.length) return { outcome: rows ? 'empty' : 'busy', done: [], verdicts: [] };
  const done: Done[] = [];
  const enough = performance.now() + GROUP_LASTS_MS;
  for (const row of rows) {
    if (look.leaving() || (done.length > 0 && performance.now() > enough)) break;
    try {
      await deliverOne(unit, listener, row, done);
    } catch (error) {
      throw isOurs(error, look)
        ? error
        : new DeliveryFailed('A delivery of the batch failed.', { cause: error });
    }
  }
  await settleDone(unit, listener.name, idsOf(done));
  return { outcome: 'worked', done, verdicts: [] };
}

/**
 * Like {@link deliverBatch}, with a savepoint before every few deliveries: one that fails is rolled back together with those before it
 * in its group, leaves its record, and those are done again; what waits behind it in its key is left for later.
 */
export async function deliverCarefully(unit: OpenUnit, look: Look): Promise<Batch> {
  const rows = await claim(unit, look);
  if (!rows?.length) return { outcome: rows ? 'empty' : 'busy', done: [], verdicts: [] };
  const course: Course = { unit, look, done: [], verdicts: [], stuckKeys: new Set(), begun: false };
  const enough = performance.now() + GROUP_LASTS_MS;
  for (let first = 0; first < rows.length; first += GROUP) {
    if (first > 0 && performance.now() > enough) break;
    await deliverGroup(course, rows.slice(first, first + GROUP));
  }
  await settleDone(unit, look.listener.name, idsOf(course.done));
  return { outcome: 'worked', done: course.done, verdicts: course.verdicts };
}

/**
 * Deliveries behind one savepoint. It costs some 50 µs of processor time, where a short delivery takes 120, and a failure costs half a
 * group: with one failure in a hundred deliveries 5 were cheaper than 8, and with none or ten no dearer.
 */
const GROUP = 5;

/** What has become of a batch so far. */
interface Course {
  readonly unit: OpenUnit;
  readonly look: Look;
  readonly done: Done[];
  readonly verdicts: Verdict[];
  readonly stuckKeys: Set<string>;
  /** Whether there is a savepoint. */
  begun: boolean;
}

/**
 * Lets go of the savepoint before, and makes one: in one message that leaves with the next statement, and is not waited for. It fails where
 * an earlier statement has failed and nobody has heard of it; so does everything behind it.
 */
function save(course: Course): Promise<unknown> {
  const release = course.begun ? 'RELEASE SAVEPOINT deliveries; ' : '';
  course.begun = true;
  const saved = course.unit.command(`${release}SAVEPOINT deliveries`);
  saved.catch(() => undefined);
  return saved;
}

async function deliverGroup(course: Course, rows: readonly ClaimedRow[]): Promise<void> {
  const { unit, look, done, stuckKeys } = course;
  const waiting = rows.filter((row) => row.key === null || !stuckKeys.has(row.key));
  if (waiting.length === 0 || look.leaving()) return;
  const mark = unit.mark();
  const doneBefore = done.length;
  let at = 0;
  const saved = save(course);
  try {
    for (const row of waiting) {
      if (look.leaving()) {
        waiting.length = at; // the rest was never begun
        break;
      }
      await look.begun?.(row);
      await deliverOne(unit, look.listener, row, done);
      at++;
    }
    // One alone is to blame for a statement that it did not wait for; of a group, that is found later, and each is tried alone.
    if (look.limit === 1) await unit.command('RELEASE SAVEPOINT deliveries');
  } catch (error) {
    if (isOurs(error, look)) throw error;
    unit.backTo(mark);
    await saved; // or it would be the group before that is rolled back
    await unit.command('ROLLBACK TO SAVEPOINT deliveries');
    done.length = doneBefore;
    await deliverAgain(course, waiting, at, error);
  }
}

/** Does a group again that failed at delivery `at`; one that is alone, maybe when it was done. */
async function deliverAgain(
  course: Course,
  rows: readonly ClaimedRow[],
  at: number,
  error: unknown,
): Promise<void> {
  const culprit = (rows[at] ?? rows[0]) as ClaimedRow;
  await deliverGroup(course, rows.slice(0, rows.indexOf(culprit)));
  const { listener, identity } = course.look;
  const verdict = await recordVerdict(course.unit, listener, culprit, error, identity);
  if (verdict) course.verdicts.push(verdict);
  if (culprit.key !== null) course.stuckKeys.add(culprit.key);
  await deliverGroup(course, rows.slice(rows.indexOf(culprit) + 1));
}

/** SQLSTATE of every statement in a transaction in which one has failed. */
const ABORTED = '25P02';

/** @param done gets the delivery, unless it was skipped: then its row says why */
async function deliverOne(unit: OpenUnit, listener: Listener, row: ClaimedRow, done: Done[]): Promise<void> {
  const context = deliveryContext(listener, row);
  const work = async () => {
    const heard = toHeard(listener, row);
    const reason = listener.options.skip?.(heard);
    if (reason !== undefined) return settleSkipped(unit, listener.name, row.event_id, reason);
    const call = () => listener.call(mapped(listener, heard), unit);
    await limited(listener.name, listener.deadlineMs, call, (reason) => unit.abandon(reason));
    done.push({ id: row.event_id, type: row.type, context });
  };
  try {
    await attempted(row, context, unit, () => inContext(context, work));
  } catch (error) {
    throw error instanceof GivenUp ? new DeliveryGivenUp(error, row) : error;
  }
}

function idsOf(done: readonly Done[]): string[] {
  return done.map(({ id }) => id);
}

/**
 * Not the delivery's alone: the database's trouble, for which no attempt is counted, or the unit is gone. In a group that is also a lock which
 * it was not patient enough for, and a statement of which nobody has heard that it failed: whose it was is seen when each is alone.
 */
export function isOurs(error: unknown, { limit }: Look): boolean {
  if (error instanceof DeliveryGivenUp || lostRace(error) || lostConnection(error)) return true;
  return limit > 1 && (raced(error) || sqlState(error) === ABORTED);
}
