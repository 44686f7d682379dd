import { Bug } from '../seam/bug.js';
import { type CallContext, inContext } from '../telemetry/call-context.js';
import { GivenUp, limited } from '../work/limit.js';
import type { OpenUnit } from '../work/open-unit.js';
import { attemptedTogether } from './attempt-span.js';
import { recordVerdict, type Verdict } from './bury.js';
import { type Batch, DeliveryGivenUp, isOurs } from './deliver-inside.js';
import { batchContext, deliveryContext, mapped, toHeard } from './heard.js';
import type { Listener } from './listener.js';
import type { Heard, NotDone } from './listens.js';
import { claim, type Look } from './look.js';
import type { ClaimedRow } from './sql/claim.js';
import { type Skipped, settleDone, settleSkippedTogether } from './sql/settle.js';

/** A delivery of a batch, ready to be handed over. */
interface Part {
  readonly row: ClaimedRow;
  readonly heard: Heard<unknown>;
  readonly context: CallContext;
}

/** What has become of a batch so far. */
interface Course {
  readonly done: Part[];
  readonly skipped: Skipped[];
  readonly verdicts: Verdict[];
  readonly stuckKeys: Set<string>;
}

/**
 * Hands the next deliveries of a lane to the listener at once, in `unit`: their effects and their states commit together. When
 * the listener throws, what it did is rolled back to a savepoint and the batch is halved, until the failing delivery is alone and
 * only its record is left; what waits behind it in its key is left for later. One that the listener names is alone already. One that fails among n costs about 2 log2 n calls.
 *
 * Only of the first delivery it is told that it has begun: where one is taken, what the unit as a whole fails of is known by it.
 */
export async function deliverTogether(unit: OpenUnit, look: Look): Promise<Batch> {
  const { listener, identity } = look;
  const rows = await claim(unit, look);
  const [first] = rows ?? [];
  if (!rows || !first) return { outcome: rows ? 'empty' : 'busy', done: [], verdicts: [] };
  await look.begun?.(first);
  const course: Course = { done: [], skipped: [], verdicts: [], stuckKeys: new Set() };
  const fail = async (row: ClaimedRow, error: unknown) => {
    const verdict = await recordVerdict(unit, listener, row, error, identity);
    if (verdict) course.verdicts.push(verdict);
    if (row.key !== null) course.stuckKeys.add(row.key);
  };
  const parts: Part[] = [];
  for (const row of rows) {
    try {
      const part = prepare(listener, row, course.skipped);
      if (part) parts.push(part);
    } catch (error) {
      await fail(row, error);
    }
  }
  await handOver(unit, look, parts, course, fail);
  await settleSkippedTogether(unit, listener.name, course.skipped);
  await settleDone(
    unit,
    listener.name,
    course.done.map(({ row }) => row.event_id),
  );
  const done = course.done.map(({ row, context }) => ({ id: row.event_id, type: row.type, context }));
  return { outcome: 'worked', done, verdicts: course.verdicts };
}

/** @returns undefined when the listener does not want it */
function prepare(listener: Listener, row: ClaimedRow, skipped: Skipped[]): Part | undefined {
  const context = deliveryContext(listener, row);
  return inContext(context, () => {
    const heard = toHeard(listener, row);
    const reason = listener.options.skip?.(heard);
    if (reason === undefined) return { row, heard: mapped(listener, heard), context };
    skipped.push({ id: row.event_id, reason });
    return undefined;
  });
}

async function handOver(
  unit: OpenUnit,
  look: Look,
  all: readonly Part[],
  course: Course,
  fail: (row: ClaimedRow, error: unknown) => Promise<void>,
): Promise<void> {
  const parts = all.filter(({ row }) => row.key === null || !course.stuckKeys.has(row.key));
  const [first] = parts;
  if (!first) return;
  const { listener } = look;
  const mark = unit.mark();
  const errors = new Map<Part, unknown>();
  let named: readonly Part[] = [];
  const saved = unit.command('SAVEPOINT batch'); // not waited for: it leaves with the listener's first statement
  saved.catch(() => undefined);
  try {
    const heard = parts.map((part) => part.heard);
    const context = batchContext(listener, parts);
    const call = async () => listener.call(heard, unit);
    await attemptedTogether(parts, context, unit, async () => {
      const told = await inContext(context, () =>
        limited(listener.name, listener.deadlineMs, call, (reason) => unit.abandon(reason)),
      );
      named = namedIn(told, parts, errors);
    });
    await saved;
    if (named.some(({ row }) => row.key !== null)) throw new KeysHeldUp(named);
    await unit.command('RELEASE SAVEPOINT batch');
    course.done.push(...parts.filter((part) => !named.includes(part)));
  } catch (error) {
    if (error instanceof GivenUp)
      throw new DeliveryGivenUp(error, parts.length === 1 ? first.row : undefined);
    if (isOurs(error, look)) throw error; // the database's trouble: the unit is run again
    unit.backTo(mark);
    await unit.command('ROLLBACK TO SAVEPOINT batch');
    if (error instanceof KeysHeldUp) {
      for (const part of error.named) await fail(part.row, errors.get(part));
      const rest = parts.filter((part) => !error.named.includes(part));
      return handOver(unit, look, rest, course, fail);
    }
    if (parts.length === 1) return fail(first.row, error);
    const middle = Math.ceil(parts.length / 2);
    await handOver(unit, look, parts.slice(0, middle), course, fail);
    return handOver(unit, look, parts.slice(middle), course, fail);
  }
  for (const part of named) await fail(part.row, errors.get(part));
}

/** Deliveries with a key were named: what was done behind them in their keys must not stand, so the rest is done again. */
class KeysHeldUp extends Error {
  override readonly name = 'KeysHeldUp';

  constructor(readonly named: readonly Part[]) {
    super('Deliveries of an ordered listener have failed.');
  }
}

/**
 * The deliveries that a listener says have failed.
 *
 * @param errors gets what is wrong with each
 * @returns each once, however often it is named
 * @throws Bug when it names one that it was not handed
 */
function namedIn(told: unknown, parts: readonly Part[], errors: Map<Part, unknown>): Part[] {
  const named = ((told ?? []) as readonly NotDone[]).map(({ heard, error }) => {
    const part = parts.find((each) => each.heard === heard);
    if (!part) throw new Bug('A batch handler named an event as not done that it was not handed.');
    errors.set(part, error);
    return part;
  });
  return [...new Set(named)];
}
