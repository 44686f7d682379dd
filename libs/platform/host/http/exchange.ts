import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { type CallContext, freshContext, hop, parseTraceparent } from '../../telemetry/call-context.js';

/** One request and its answer, from the first hook to the last byte. */
export interface Exchange {
  readonly context: CallContext;
  readonly method: string;
  /** The route's template (`/cart/:customerId`), never the address itself: addresses have no end of different values. */
  readonly route: string;
  /** On the clock of `performance.now()`. */
  readonly begun: number;
  /** What made the answer a failure, once it did. */
  thrown?: unknown;
}

/** The route of a request that none of ours answers. */
export const NO_ROUTE = '(no such route)';

const exchanges = new WeakMap<IncomingMessage, Exchange>();

/** Begins the exchange of a request: the trace of its `traceparent` under a new span, or a new trace. */
export function beginExchange(request: FastifyRequest, callTimeoutMs: number): Exchange {
  const begun = performance.now();
  const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
  const operation = `${request.method} ${route}`;
  const deadline = begun + callTimeoutMs;
  const trace = parseTraceparent(request.headers.traceparent);
  const tenant = tenantOf(request.headers['x-tenant-id']);
  const context = trace
    ? hop(freshContext({ trace }), { operation, deadline, tenant })
    : freshContext({ operation, deadline, tenant });
  const exchange = { context, method: request.method, route, begun };
  exchanges.set(request.raw, exchange);
  return exchange;
}

/** The exchange of a request as Fastify or Node knows it; undefined when it was refused before any hook ran. */
export function exchangeOf(request: FastifyRequest | IncomingMessage): Exchange | undefined {
  return exchanges.get('raw' in request ? request.raw : request);
}

/** Whether this answer is a stream of events, which has no end of its own. */
export function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

const TENANT = /^[\w.:-]{1,64}$/;

/** It is only shown, never trusted: who decides by it must have checked it. */
function tenantOf(header: unknown): string | undefined {
  return typeof header === 'string' && TENANT.test(header) ? header : undefined;
}
