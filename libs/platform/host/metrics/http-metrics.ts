import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { Histogram, type Registry } from 'prom-client';
import { NO_ROUTE } from '../http/exchange.js';

/** In seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts and times requests by method, route template and class of status: labels that code closes, never an address. */
export function measureHttp(adapter: FastifyAdapter, registry: Registry): void {
  const seconds = new Histogram({
    name: 'banyan_http_request_seconds',
    help: 'HTTP requests answered, by method, route template and class of status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: BUCKETS,
    registers: [registry],
  });
  adapter.getInstance().addHook('onResponse', (request, reply, done) => {
    const method = METHODS.has(request.method) ? request.method : 'other';
    const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    seconds.observe({ method, route, status }, reply.elapsedTime / 1_000);
    done();
  });
}
