import type { IncomingMessage } from 'node:http';
import {
  callContext,
  freshContext,
  hop,
  parseTraceparent,
  type Trace,
} from '../../telemetry/call-context.js';

/**
 * The trace under which a request goes on: that of the running call context, else that of the request's `traceparent`,
 * under a new span; else a new one.
 */
export function traceOf(request: IncomingMessage): Trace {
  const running = callContext();
  if (running) return hop(running, {}).trace;
  const trace = parseTraceparent(request.headers.traceparent);
  return trace ? hop(freshContext({ trace }), {}).trace : freshContext().trace;
}
