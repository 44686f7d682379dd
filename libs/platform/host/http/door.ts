import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { exchangeOf } from './exchange.js';
import type { OpenExchanges } from './open-exchanges.js';
import { problem } from './problem.js';

/** Answers requests that come after the stop has begun with 503, all but those that ask for our health. */
export function addDoor(adapter: FastifyAdapter, open: OpenExchanges): void {
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    if (!open.stopping || request.routeOptions.url?.startsWith('/health')) return done();
    const traceId = exchangeOf(request)?.context.trace.traceId ?? '';
    const body = problem(503, 'This instance is stopping. Ask again, and another one answers.', { traceId });
    reply.header('connection', 'close').header('retry-after', '1');
    reply.code(503).type('application/problem+json').send(JSON.stringify(body));
  });
}
