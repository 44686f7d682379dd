import {
  type CallContext,
  callContext,
  contextBelow,
  freshContext,
  inContext,
} from '../telemetry/call-context.js';
import { readOrigin } from '../telemetry/origin.js';
import { currentSignal } from '../work/limit.js';
import type { Listener } from './listener.js';
import type { Heard } from './listens.js';
import type { ClaimedRow } from './sql/claim.js';
import { inThisVersion } from './versions.js';

const NEVER = new AbortController().signal;

/**
 * A claimed row as its listener hears it, before `map`.
 *
 * @throws Bug when it was published in an older version that can't be brought to the one of this code
 */
export function toHeard(
  listener: Listener,
  row: ClaimedRow,
): Heard<unknown> & { readonly effectKey?: string } {
  const type = listener.types.find((each) => each.type === row.type);
  let signal: AbortSignal | undefined;
  return {
    id: row.event_id,
    type: row.type,
    version: row.version,
    payload: type ? inThisVersion(type, row.version, row.payload) : row.payload,
    key: row.event_key ?? undefined,
    occurredAt: row.occurred_at,
    traceparent: readOrigin(row.traceparent).traceparent,
    attempt: row.attempts + 1,
    effectKey: row.effect_key ?? undefined,
    get signal() {
      signal ??= currentSignal();
      return signal ?? NEVER;
    },
  };
}

/** What the marked method is handed. */
export function mapped({ options }: Listener, heard: Heard<unknown>): Heard<unknown> {
  if (!options.map) return heard;
  const payload = { value: options.map(heard.payload), enumerable: true };
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(heard), payload },
  ) as Heard<unknown>;
}

/** The contexts of what a batch handler was handed. */
const contexts = new WeakMap<Heard<unknown>, CallContext>();

/**
 * Runs `work` on account of one event of a batch: what it publishes and logs is known to be caused by that one, and is in its trace.
 * What a batch handler publishes otherwise, on account of all of them, begins a conversation of its own.
 */
export function because<T>(heard: Heard<unknown>, work: () => T): T {
  const context = contexts.get(heard);
  if (!context) return work();
  const { limit, deadline } = callContext() ?? {};
  return inContext({ ...context, limit, deadline }, work);
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
  const spans = first?.context.spans;
  return freshContext({ module: listener.module, operation: listener.name, hops, spans });
}

const deliveries = new WeakMap<ClaimedRow, CallContext>();

/**
 * The context that a delivery runs in: a hop below whatever published the event, in the trace that began it all. The same for
 * the same row, so that the record of a failed attempt names the span that its lines bear.
 */
export function deliveryContext(listener: Listener, row: ClaimedRow): CallContext {
  const known = deliveries.get(row);
  if (known) return known;
  const { trace, tenant } = readOrigin(row.traceparent);
  const context = contextBelow(trace, {
    tenant,
    spans: callContext()?.spans,
    module: listener.module,
    operation: listener.name,
    conversation: row.conversation ?? row.event_id,
    causation: row.event_id,
    hops: row.hops + 1,
  });
  deliveries.set(row, context);
  return context;
}
