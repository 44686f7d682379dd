import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inContext } from '../../telemetry/call-context.js';
import { withAssignableFields } from '../../telemetry/log.module.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { beginExchange, type ExchangeOptions } from './exchange.js';
import { logExchange } from './exchange-line.js';
import { leaveSpan } from './exchange-span.js';
import type { OpenExchanges } from './open-exchanges.js';

type Done = (error?: Error) => void;

/** What the hooks need to know. */
export interface ContextHookOptions extends ExchangeOptions {
  readonly log: PlatformLog;
  readonly open: OpenExchanges;
}

/**
 * Runs every request in a call context of its own, answers with its `x-trace-id`, and leaves its line and its span when it is over.
 *
 * The adapter's own hook slot is used because it is the first of all: before Nest's middleware, and also for requests
 * that no route answers.
 *
 * Node emits the chunks of a body in the context of the connection, not of the request. Fastify resumes the request's
 * context after the body by itself (since 5.x); a spec sends a body in pieces, to notice when that ends.
 */
export function addContextHooks(
  adapter: FastifyAdapter,
  { log, open, ...options }: ContextHookOptions,
): void {
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: Done) => {
    const exchange = beginExchange(request, options);
    const response = reply.raw;
    // On the raw response, where streams that bypass Fastify's reply find it too.
    response.setHeader('x-trace-id', exchange.context.trace.traceId);
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      leaveSpan(exchange, response);
      inContext(exchange.context, () => logExchange(log, exchange, response, open.stopping));
    });
    inContext(exchange.context, () => withAssignableFields(done));
  });
}
