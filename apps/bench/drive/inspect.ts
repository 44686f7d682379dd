import { judgeCausality } from './causal.js';
import type { Database } from './database.js';
import { INVARIANTS } from './invariants/all.js';
import type { Scope } from './invariants/invariant.js';
import { judge } from './judge.js';
import { deadDeliveries, untilRest } from './rest.js';
import type { Findings, Undecided } from './result.js';
import { type Run, secondsSince } from './run.js';

/**
 * Waits for the system to come to rest (bounded), then judges the data.
 *
 * @param deadBefore keys of the deliveries that were dead before the run, by {@link deliveryKey}
 */
export async function inspect(run: Run, scope: Scope, deadBefore: ReadonlySet<string>): Promise<Findings> {
  const { database, options, progress } = run;
  const began = performance.now();
  let pending = 0;
  progress.begin(() => `waiting for the system to come to rest  ${pending} deliveries pending`);
  const left = await untilRest(database, options.quiet, (now) => {
    pending = now;
  });
  const restAfterSeconds = secondsSince(began);
  progress.begin(() => 'judging the data');
  const invariants = await judge(database, INVARIANTS, scope);
  const causal = await judgeCausality(database, scope.tidPrefix);
  const dead = (await deadDeliveries(database)).filter((each) => !deadBefore.has(deliveryKey(each)));
  progress.end();
  return { left, restAfterSeconds, dead, invariants, causal };
}

/** What the database says of checkouts that never got an answer. */
export async function decide(database: Database, unknown: readonly string[]): Promise<Undecided> {
  const rows = await database.query<{ tid: string; status: string }>(
    `select tid, min(status) as status from benchmark.transaction_marks where tid = any($1::text[]) group by tid`,
    [unknown],
  );
  const succeeded = rows.filter((row) => row.status === 'SUCCESS').length;
  return {
    count: unknown.length,
    succeeded,
    refused: rows.length - succeeded,
    nothing: unknown.length - rows.length,
  };
}

/** Names a delivery. */
export function deliveryKey(delivery: { listener: string; event_id: string }): string {
  return `${delivery.listener} ${delivery.event_id}`;
}
