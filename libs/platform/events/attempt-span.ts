import type { CallContext } from '../telemetry/call-context.js';
import type { OpenUnit } from '../work/open-unit.js';
import type { ClaimedRow } from './sql/claim.js';

/** One attempt at a delivery, as far as its span needs it. */
interface Attempt {
  readonly context: CallContext;
  readonly begun: number;
  ended: number;
  error?: unknown;
  /** What became of the delivery when the attempt failed. */
  verdict?: string;
}

const attempts = new WeakMap<ClaimedRow, Attempt>();

/**
 * Attends an attempt at a delivery, which leaves its span once it is known whether it stands: at the end of the unit that
 * it is part of, as `undone` where that one rolls back; at its own end without a unit.
 */
export async function attempted<T>(
  row: ClaimedRow,
  context: CallContext,
  unit: OpenUnit | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!context.spans) return work();
  const attempt = attend(row, context, unit);
  try {
    return await work();
  } catch (error) {
    attempt.error = error ?? 'nothing was thrown';
    throw error;
  } finally {
    attempt.ended = performance.now();
    if (!unit && attempt.error === undefined) leave(row, attempt, true);
  }
}

/** Attends one attempt at several deliveries at once; where `context` is none of theirs, it leaves a span too. */
export async function attemptedTogether(
  parts: readonly { readonly row: ClaimedRow; readonly context: CallContext }[],
  context: CallContext,
  unit: OpenUnit,
  work: () => Promise<unknown>,
): Promise<void> {
  if (!context.spans) return void (await work());
  const begun = performance.now();
  const attempts = parts.map((part) => attend(part.row, part.context, unit));
  let thrown: unknown;
  try {
    await work();
  } catch (error) {
    thrown = error ?? 'nothing was thrown';
    throw error;
  } finally {
    const ended = performance.now();
    for (const attempt of attempts) Object.assign(attempt, { ended, error: thrown });
    if (parts.length > 1) {
      const details = { more: { together: parts.length } };
      context.spans.hop(context, 'delivery', begun, thrown, details, undefined, ended);
    }
  }
}

function attend(row: ClaimedRow, context: CallContext, unit: OpenUnit | undefined): Attempt {
  const attempt: Attempt = { context, begun: performance.now(), ended: 0 };
  attempts.set(row, attempt);
  unit?.whenOver((committed) => leave(row, attempt, committed));
  return attempt;
}

/** Says what becomes of a delivery whose attempt has failed. Without a unit of its own, the attempt leaves its span now. */
export function failedAttempt(row: ClaimedRow, unit: OpenUnit, retryInMs: number | undefined): void {
  const attempt = attempts.get(row);
  if (!attempt) return;
  attempt.verdict = retryInMs === undefined ? 'dead' : `tried again in ${Math.round(retryInMs)} ms`;
  unit.whenOver(() => leave(row, attempt, true));
}

function leave(row: ClaimedRow, attempt: Attempt, stands: boolean): void {
  if (attempts.get(row) !== attempt) return; // it is left
  attempts.delete(row);
  const { context, begun, ended, error, verdict } = attempt;
  const beganAt = Date.now() - (performance.now() - begun);
  const details = {
    event: row.event_id,
    attempt: row.attempts + 1,
    waitedMs: Math.max(0, beganAt - row.occurred_at.getTime()),
    ...(row.attempt_before !== null && { link: row.attempt_before }),
    ...(verdict !== undefined && { more: { verdict } }),
  };
  context.spans?.hop(context, 'delivery', begun, error, details, stands ? undefined : 'undone', ended);
}
