import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { freshContext } from '../../telemetry/call-context.js';
import { exchangeOf } from './exchange.js';
import { problemOf, worthTelling } from './problem.js';

/** Turns whatever was thrown into problem details. The line of the exchange tells what it was. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly adapter: FastifyAdapter) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw thrown;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const exchange = exchangeOf(request);
    if (exchange && worthTelling(thrown, request.is404 === true)) exchange.thrown = thrown;
    if (this.adapter.isHeadersSent(reply)) {
      // Half an answer is out: only a cut connection tells the client that the rest won't come.
      (reply.raw ?? reply).destroy();
      return;
    }
    const { trace, deadline } = exchange?.context ?? freshContext();
    const body = problemOf(thrown, {
      traceId: trace.traceId,
      unrouted: request.is404 === true,
      late: deadline !== undefined && performance.now() >= deadline,
    });
    this.adapter.setHeader(reply, 'content-type', 'application/problem+json');
    if (body.status === 503) this.adapter.setHeader(reply, 'retry-after', '1');
    this.adapter.reply(reply, JSON.stringify(body), body.status);
  }
}
