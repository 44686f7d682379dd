import { type CallContext, freshContext, hop, parseTraceparent } from '../telemetry/call-context.js';
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
