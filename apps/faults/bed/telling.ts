import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Heard } from '#platform/events';
import { callContext } from '#platform/telemetry';
import type { Unit } from '#platform/work';
import type { Fact } from './facts.events.js';
import { faultPoint, passFaultPoint } from './fault-points.js';

const OP = 'insert into oracle.op (op_id, type, agg, version, amount) values ($1, $2, $3, $4, $5)';
const EFFECT = `insert into oracle.effect (listener, event_id, op_id, agg, version, amount, publishes, trace, pid)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Tells the oracle of a business operation, in its transaction. */
export async function tellOp(unit: Unit, type: string, fact: Fact): Promise<void> {
  await unit.query(OP, [fact.opId, type, fact.agg, fact.version, fact.amount]);
}

/**
 * Tells the oracle of a listener's effect, in the listener's transaction, and passes the places where it may be struck.
 *
 * @param publishes how many events this effect publishes
 */
export async function tellEffect(
  unit: Unit,
  listener: string,
  { id, payload }: Heard<Fact>,
  publishes = 0,
): Promise<void> {
  const trace = callContext()?.trace.traceId ?? null;
  const { opId, agg, version, amount } = payload;
  await unit.query(EFFECT, [listener, id, opId, agg, version, amount, publishes, trace, process.pid]);
  await faultPoint('effect written');
  unit.afterCommit(() => passFaultPoint('delivery committed'));
}

/**
 * Tells the oracle that a listener was called. Into a file, not over a connection: whoever kills the process or takes its
 * connections away must not take this with it.
 */
export function tellAttempt(listener: string, { id, attempt }: Heard<unknown>): void {
  const folder = process.env['BED_FOLDER'] ?? '.';
  const line = { at: Date.now(), listener, event: id, attempt, pid: process.pid };
  appendFileSync(join(folder, `attempts-${process.pid}.jsonl`), `${JSON.stringify(line)}\n`);
}
