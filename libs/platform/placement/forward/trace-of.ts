import type { IncomingMessage } from 'node:http';
import {
  type CallContext,
  callContext,
  contextBelow,
  hop,
  parseTraceparent,
  type Trace,
} from '../../telemetry/call-context.js';
import { type FromOutside, traceFromOutside } from '../../telemetry/spans/from-outside.js';
import type { SpanBuffer } from '../../telemetry/spans/span-buffer.js';

/** Where forwarded requests leave their spans, and whose traces are continued. */
export interface ForwardTrace {
  readonly spans?: SpanBuffer;
  /** @defaultValue trust */
  readonly fromOutside?: FromOutside;
}

/** The context under which a request goes on, and the trace that it came with where that one is only linked to. */
export interface ForwardContext {
  readonly context: CallContext;
  readonly link?: string;
}

/**
 * The context under which a request goes on: a hop below the running call, else below the request's `traceparent`, else a trace
 * of its own.
 *
 * @param module where it goes
 */
export function forwardContext(
  request: IncomingMessage,
  module: string | undefined,
  { spans, fromOutside }: ForwardTrace,
): ForwardContext {
  const running = callContext();
  const operation = `${request.method} to ${module ?? '(no module)'}`;
  if (running) return { context: hop(running, { operation, module }) };
  const { trace, link } = traceFromOutside(request, fromOutside);
  return { context: contextBelow(trace, { operation, module, spans }), link };
}

/** The trace that a request is told about which goes nowhere: that of the running call, else its own, else a new one. */
export function traceOf(request: IncomingMessage): Trace {
  return callContext()?.trace ?? contextBelow(parseTraceparent(request.headers.traceparent), {}).trace;
}
