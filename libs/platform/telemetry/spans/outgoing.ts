import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type CallContext, callContext, formatTraceparent, hop } from '../call-context.js';

/** A request to the outside that is under way. */
interface Outgoing {
  readonly context: CallContext;
  readonly begun: number;
}

/** What Node's fetch tells of a request (undici's diagnostics). */
interface FetchRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly headers: unknown;
  addHeader(name: string, value: string): void;
}

const outgoing = new WeakMap<object, Outgoing>();
let watching = false;

/**
 * From now on, every request that is sent by `fetch` or `node:http` (and what is built on them) while a call context runs
 * carries its `traceparent`, and leaves a span. Whoever sets that header by itself is left alone. Nothing is patched: both
 * tell of their requests on diagnostics channels, in the context of who makes them.
 */
export function watchOutgoing(): void {
  if (watching) return;
  watching = true;
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: FetchRequest };
    const begun = begin(request, request.method, hostOf(request.origin), () => carries(request.headers));
    if (begun) request.addHeader('traceparent', begun);
  });
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as { request: object; response: { statusCode: number } };
    end(request, response.statusCode);
  });
  subscribe('undici:request:error', (message) => {
    const { request, error } = message as { request: object; error: unknown };
    end(request, undefined, error);
  });
  subscribe('http.client.request.created', (message) => {
    const { request } = message as { request: ClientRequest };
    if (request.headersSent) return; // given as a list, by who writes its own head
    const begun = begin(request, request.method, request.host, () => request.hasHeader('traceparent'));
    if (begun) request.setHeader('traceparent', begun);
  });
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { request: object; response: IncomingMessage };
    end(request, response.statusCode);
  });
  subscribe('http.client.request.error', (message) => {
    const { request, error } = message as { request: object; error: unknown };
    end(request, undefined, error);
  });
}

/** @returns the `traceparent` to send; undefined where nobody asks, or it is sent already */
function begin(request: object, method: string, host: string, carried: () => boolean): string | undefined {
  const above = callContext();
  if (!above?.spans || carried()) return undefined;
  // Never the path: it may hold ids, and what ids hold.
  const context = hop(above, { operation: `${method} ${host}` });
  outgoing.set(request, { context, begun: performance.now() });
  return formatTraceparent(context.trace);
}

function end(request: object, status: number | undefined, thrown?: unknown): void {
  const sent = outgoing.get(request);
  if (!sent) return;
  outgoing.delete(request);
  const { context, begun } = sent;
  const error =
    thrown ?? (status !== undefined && status >= 400 ? new Error(`answered ${status}`) : undefined);
  const outcome = status !== undefined && status >= 400 && status < 500 ? 'refusal' : undefined;
  context.spans?.hop(context, 'fetch', begun, error, { status }, outcome);
}

function hostOf(origin: string | URL): string {
  return typeof origin === 'string' ? origin.slice(origin.indexOf('//') + 2) : origin.host;
}

function carries(headers: unknown): boolean {
  return /(?:^|[\n,])traceparent[:,]/i.test(String(headers));
}
