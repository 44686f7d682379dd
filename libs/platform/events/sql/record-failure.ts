import type { OpenUnit } from '../../work/open-unit.js';
import type { FailureKind } from '../retry-policy.js';
import type { Outcome } from './lease.js';
import { PLANS_AS_EVER, PLANS_LEAVE_OUT } from './plans.js';

/** One attempt that failed, and what becomes of its delivery. */
export interface Failure {
  readonly listener: string;
  readonly eventId: string;
  readonly attempt: number;
  readonly kind: FailureKind;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string | null;
  readonly traceparent: string;
  readonly app: string;
  readonly instance: string;
  /** When to try again, in milliseconds from now; undefined: it is dead. */
  readonly retryInMs: number | undefined;
  /** What it is when it is not tried again. */
  readonly end: 'dead' | 'skipped';
  /** The lease under which it was tried, for work outside a transaction; null inside. */
  readonly lease: string | null;
  /** What is known of its calls to the outside world now; undefined: no more than before. */
  readonly outcome?: Outcome;
}

const RECORD = `with failed as (
  update banyan.deliveries set
    attempts = $3,
    crashes = crashes + ($4 = 'crash')::int,
    state = case when $11::float8 is null then $13 else 'pending' end,
    settled_at = case when $11::float8 is null then clock_timestamp() end,
    reason = case when $11::float8 is null then $4 || ': ' || $6 end,
    outcome = coalesce($14, outcome),
    due_at = clock_timestamp() + coalesce($11::float8, 0) * interval '1 millisecond'
  where listener = $1 and event_id = $2 and state = 'pending' and attempts = $3 - 1 and ($12::text is null or due_at = $12::timestamptz)
  returning listener, event_id
)
insert into banyan.attempts
  (listener, event_id, attempt, kind, error_class, message, stack, traceparent, app, instance)
select listener, event_id, $3, $4, $5, $6, $7, $8, $9, $10 from failed`;

/**
 * Records a failed attempt, and puts its delivery off or among the dead.
 *
 * @returns false when it was not pending under this lease any more, or somebody else has recorded this attempt: nothing is recorded then
 */
export async function recordFailure(unit: OpenUnit, failure: Failure): Promise<boolean> {
  const leaveOut = unit.command(PLANS_LEAVE_OUT);
  const recorded = unit.execute(RECORD, [
    failure.listener,
    failure.eventId,
    failure.attempt,
    failure.kind,
    failure.errorClass,
    failure.message,
    failure.stack,
    failure.traceparent,
    failure.app,
    failure.instance,
    failure.retryInMs ?? null,
    failure.lease,
    failure.end,
    failure.outcome ?? null,
  ]);
  const [{ rowCount }] = await Promise.all([recorded, leaveOut, unit.command(PLANS_AS_EVER)]);
  return rowCount === 1;
}
