import { type CallContext, inContext } from '../telemetry/call-context.js';
import type { OpenUnit } from '../work/open-unit.js';
import { lostConnection, lostRace } from '../work/transient.js';
import { attemptedTogether } from './attempt-span.js';
import { recordVerdict, type Verdict } from './bury.js';
import type { Batch } from './deliver-inside.js';
import { batchContext, deliveryContext, mapped, toHeard } from './heard.js';
import type { Listener } from './listener.js';
import type { Heard } from './listens.js';
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
 * only its record is left; what waits behind it in its key is left for later. One that fails among n costs about 2 log2 n calls.
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
  await handOver(unit, listener, parts, course, fail);
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
  listener: Listener,
  all: readonly Part[],
  course: Course,
  fail: (row: ClaimedRow, error: unknown) => Promise<void>,
): Promise<void> {
  const parts = all.filter(({ row }) => row.key === null || !course.stuckKeys.has(row.key));
  const [first] = parts;
  if (!first) return;
  const mark = unit.mark();
  const saved = unit.command('SAVEPOINT batch'); // not waited for: it leaves with the listener's first statement
  saved.catch(() => undefined);
  try {
    const heard = parts.map((part) => part.heard);
    const context = batchContext(listener, parts);
    await attemptedTogether(parts, context, unit, () =>
      inContext(context, async () => listener.call(heard, unit)),
    );
    await saved;
    await unit.command('RELEASE SAVEPOINT batch');
    course.done.push(...parts);
  } catch (error) {
    if (lostRace(error) || lostConnection(error)) throw error; // the database's trouble: the unit is run again
    await unit.command('ROLLBACK TO SAVEPOINT batch');
    unit.backTo(mark);
    if (parts.length === 1) return fail(first.row, error);
    const middle = Math.ceil(parts.length / 2);
    await handOver(unit, listener, parts.slice(0, middle), course, fail);
    await handOver(unit, listener, parts.slice(middle), course, fail);
  }
}
