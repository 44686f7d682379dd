import {
  type CallContext,
  freshContext,
  hop,
  inContext,
  parseTraceparent,
} from '../telemetry/call-context.js';
import type { Listener } from './listener.js';
import type { Heard } from './listens.js';
import type { ClaimedRow } from './sql/claim.js';

/** A claimed row as its listener hears it. */
export function toHeard(row: ClaimedRow): Heard<unknown> {
  return {
    id: row.event_id,
    type: row.type,
    version: row.version,
    payload: row.payload,
    key: row.event_key ?? undefined,
    occurredAt: row.occurred_at,
    traceparent: row.traceparent,
    attempt: row.attempts + 1,
  };
}

/** The contexts of what a batch handler was handed. */
const contexts = new WeakMap<Heard<unknown>, CallContext>();

/**
 * Runs `work` on account of one event of a batch: what it publishes and logs is known to be caused by that one, and is in its trace.
 * What a batch handler publishes otherwise, on account of all of them, begins a conversation of its own.
 */
export function because<T>(heard: Heard<unknown>, work: () => T): T {
  const context = contexts.get(heard);
  return context ? inContext(context, work) : work();
}

/** The context that all of a batch run in together: with one delivery that one's, else a trace of its own. */
export function batchContext(
  listener: Listener,
  batch: readonly { heard: Heard<unknown>; context: CallContext }[],
): CallContext {
  for (const { heard, context } of batch) contexts.set(heard, context);
  const [first] = batch;
  if (first && batch.length === 1) return first.context;
  const hops = Math.max(...batch.map(({ context }) => context.hops));
  return freshContext({ module: listener.module, operation: listener.name, hops });
}

/** The context that a delivery runs in: a hop below whatever published the event, in the trace that began it all. */
export function deliveryContext(listener: Listener, row: ClaimedRow): CallContext {
  const publisher = freshContext({ trace: parseTraceparent(row.traceparent) });
  return hop(publisher, {
    module: listener.module,
    operation: listener.name,
    conversation: row.conversation ?? row.event_id,
    causation: row.event_id,
    hops: row.hops + 1,
  });
}
