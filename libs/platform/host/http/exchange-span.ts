import type { ServerResponse } from 'node:http';
import { type Exchange, isEventStream } from './exchange.js';

/**
 * Leaves the span of a finished exchange. Probes that find everything well leave none: they ask every few seconds, and nobody
 * ever asks for them.
 */
export function leaveSpan(exchange: Exchange, response: ServerResponse): void {
  const { context, begun, route, thrown, link } = exchange;
  const status = response.statusCode;
  if (!context.spans || (status < 400 && route.startsWith('/health'))) return;
  const outcome = status >= 500 ? undefined : status >= 400 ? 'refusal' : 'ok';
  const error = thrown ?? (status >= 500 ? new Error(`answered ${status}`) : undefined);
  const details = {
    status,
    ...(link !== undefined && { link }),
    ...(isEventStream(response) && { more: { stream: true } }),
  };
  context.spans.hop(context, 'request', begun, error, details, outcome);
}
