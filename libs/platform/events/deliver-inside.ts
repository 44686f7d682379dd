import { type CallContext, inContext } from '../telemetry/call-context.js';
import type { OpenUnit } from '../work/open-unit.js';
import { lostConnection, lostRace } from '../work/transient.js';
import { attempted } from './attempt-span.js';
import { recordVerdict, type Verdict } from './bury.js';
import { deliveryContext, mapped, toHeard } from './heard.js';
import type { Listener } from './listener.js';
import { claim, type Look } from './look.js';
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
}

/** A delivery of a batch failed; the whole batch is rolled back and done again carefully. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
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
  for (const row of rows) {
    try {
      await deliverOne(unit, listener, row, done);
    } catch (error) {
      throw isOurs(error) ? error : new DeliveryFailed('A delivery of the batch failed.', { cause: error });
    }
  }
  await settleDone(unit, listener.name, idsOf(done));
  return { outcome: 'worked', done, verdicts: [] };
}

/**
 * Like {@link deliverBatch}, with a savepoint around each delivery: one that fails leaves only its record, and what waits
 * behind it in its key is left for later. Costs two statements more per delivery, so it is only used after a failure.
 */
export async function deliverCarefully(unit: OpenUnit, look: Look): Promise<Batch> {
  const { listener, identity } = look;
  const rows = await claim(unit, look);
  if (!rows?.length) return { outcome: rows ? 'empty' : 'busy', done: [], verdicts: [] };
  const done: Done[] = [];
  const verdicts: Verdict[] = [];
  const stuckKeys = new Set<string>();
  for (const row of rows) {
    if (row.key !== null && stuckKeys.has(row.key)) continue;
    await look.begun?.(row);
    const mark = unit.mark();
    try {
      await unit.command('SAVEPOINT delivery');
      await deliverOne(unit, listener, row, done);
      await unit.command('RELEASE SAVEPOINT delivery');
    } catch (error) {
      if (isOurs(error)) throw error;
      await unit.command('ROLLBACK TO SAVEPOINT delivery');
      unit.backTo(mark);
      const verdict = await recordVerdict(unit, listener, row, error, identity);
      if (verdict) verdicts.push(verdict);
      if (row.key !== null) stuckKeys.add(row.key);
    }
  }
  await settleDone(unit, listener.name, idsOf(done));
  return { outcome: 'worked', done, verdicts };
}

/** @param done gets the delivery, unless it was skipped: then its row says why */
async function deliverOne(unit: OpenUnit, listener: Listener, row: ClaimedRow, done: Done[]): Promise<void> {
  const context = deliveryContext(listener, row);
  const work = async () => {
    const heard = toHeard(listener, row);
    const reason = listener.options.skip?.(heard);
    if (reason !== undefined) return settleSkipped(unit, listener.name, row.event_id, reason);
    await listener.call(mapped(listener, heard), unit);
    done.push({ id: row.event_id, type: row.type, context });
  };
  await attempted(row, context, unit, () => inContext(context, work));
}

function idsOf(done: readonly Done[]): string[] {
  return done.map(({ id }) => id);
}

/** The database's trouble, not the delivery's: the unit is run again and no attempt is counted. */
function isOurs(error: unknown): boolean {
  return lostRace(error) || lostConnection(error);
}
