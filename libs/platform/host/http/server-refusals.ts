import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { freshContext, inContext } from '../../telemetry/call-context.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { beginExchange, type ExchangeOptions } from './exchange.js';
import { logExchange } from './exchange-line.js';
import { leaveSpan } from './exchange-span.js';
import { type Problem, problemOf } from './problem.js';

/** What the server refuses before any hook runs, answered and logged as everything else is. */
export function serverRefusals(log: PlatformLog, exchanges: ExchangeOptions) {
  return {
    /** An address that the router cannot read. */
    frameworkErrors(error: Error, request: FastifyRequest, reply: FastifyReply): void {
      const exchange = beginExchange(request, exchanges);
      const { traceId } = exchange.context.trace;
      const body = problemOf(error, { traceId, unrouted: false, late: false });
      reply.raw.once('close', () => {
        leaveSpan(exchange, reply.raw);
        inContext(exchange.context, () => logExchange(log, exchange, reply.raw, false));
      });
      reply.header('x-trace-id', traceId).header('x-content-type-options', 'nosniff');
      reply.code(body.status).type('application/problem+json').send(JSON.stringify(body));
    },
    /** Bytes that are no HTTP. A client that merely hung up gets no answer and no line. */
    clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
        socket.destroy();
        return;
      }
      const begun = performance.now();
      const context = freshContext({ operation: '(no HTTP)', spans: exchanges.spans });
      const statusCode = STATUS[error.code ?? ''] ?? 400;
      const traceId = context.trace.traceId;
      const body = problemOf(Object.assign(new Error(), { statusCode }), {
        traceId,
        unrouted: false,
        late: false,
      });
      inContext(context, () =>
        log.info(`refused ${statusCode}: ${error.code ?? 'no HTTP'}`, { status: statusCode }),
      );
      exchanges.spans?.hop(context, 'request', begun, undefined, { status: statusCode }, 'refusal');
      socket.end(rawAnswer(body));
    },
  };
}

/** Status by Node's code of the parse error; 400 otherwise. */
const STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

function rawAnswer(body: Problem): string {
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(text)}`,
    `x-trace-id: ${body.traceId}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}
