import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { type CallContext, contextBelow } from '../../telemetry/call-context.js';
import { type FromOutside, traceFromOutside } from '../../telemetry/spans/from-outside.js';
import type { SpanBuffer } from '../../telemetry/spans/span-buffer.js';

/** One request and its answer, from the first hook to the last byte. */
export interface Exchange {
  readonly context: CallContext;
  readonly method: string;
  /** The route's template (`/cart/:customerId`), never the address itself: addresses have no end of different values. */
  readonly route: string;
  /** On the clock of `performance.now()`. */
  readonly begun: number;
  /** The trace that came from outside and was not trusted: a `traceparent`. */
  readonly link: string | undefined;
  /** What made the answer a failure, once it did. */
  thrown?: unknown;
}

/** The route of a request that none of ours answers. */
export const NO_ROUTE = '(no such route)';

const exchanges = new WeakMap<IncomingMessage, Exchange>();

/** What the exchanges of an app share. */
export interface ExchangeOptions {
  /** How long an answer may take, in ms. */
  readonly callTimeoutMs: number;
  /** Where its spans are left. */
  readonly spans?: SpanBuffer;
  /** Whose traces are continued. @defaultValue trust */
  readonly fromOutside?: FromOutside;
}

/** Begins the exchange of a request: the trace of its `traceparent` under a new span, or a new trace. */
export function beginExchange(request: FastifyRequest, options: ExchangeOptions): Exchange {
  const begun = performance.now();
  const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
  const operation = `${request.method} ${route}`;
  const deadline = begun + options.callTimeoutMs;
  const { trace, link } = traceFromOutside(request.raw, options.fromOutside);
  const tenant = tenantOf(request.headers['x-tenant-id']);
  const context = contextBelow(trace, { operation, deadline, tenant, spans: options.spans });
  const exchange: Exchange = { context, method: request.method, route, begun, link };
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
