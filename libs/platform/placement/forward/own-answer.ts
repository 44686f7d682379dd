import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '../../host/http/problem.js';
import type { Trace } from '../../telemetry/call-context.js';

/** How long a client that still sends is listened to after its answer is out, in ms. */
const LINGER_MS = 1_000;

/** Answers with a problem document (RFC 9457), in place of the app that would have. */
export function tell(
  request: IncomingMessage,
  response: ServerResponse,
  { status, detail }: { readonly status: number; readonly detail: string },
  trace: Trace,
): void {
  const { traceId } = trace;
  if (status === 503) response.setHeader('Retry-After', '1');
  response.setHeader('x-trace-id', traceId);
  answerJson(request, response, status, problem(status, detail, { traceId }), 'application/problem+json');
}

/** Answers with a document of our own. */
export function answerJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  document: object,
  type = 'application/json',
): void {
  const body = Buffer.from(JSON.stringify(document));
  if (stillSends(request)) response.shouldKeepAlive = false;
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.write(body);
  endAfterRequest(request, response);
}

/** Whether a body was announced of which not everything has arrived. */
export function stillSends(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return !request.complete && (coding !== undefined || (length !== undefined && length !== '0'));
}

/**
 * Ends an answer. Closing while the client still sends makes the system reset the connection, and a reset can
 * overtake an answer that is on its way; so what still comes is swallowed for a moment first.
 */
export function endAfterRequest(request: IncomingMessage, response: ServerResponse): void {
  if (!stillSends(request)) {
    response.end();
    return;
  }
  const end = () => {
    clearTimeout(late);
    response.end();
  };
  const late = setTimeout(end, LINGER_MS);
  request.unpipe();
  request.once('end', end).once('close', end).resume();
}
