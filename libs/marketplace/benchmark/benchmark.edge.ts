import {
  BadRequestException,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Logger,
  Patch,
  Query,
  Res,
} from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { SETTINGS, type Settings } from '#platform/config';
import { freshContext, inContext } from '#platform/telemetry';
import { BenchmarkData } from './benchmark.data.js';
import { BenchmarkProcess } from './benchmark.process.js';
import { notABenchmark, tooManyReaders } from './contract/benchmark.refusals.js';
import { sendEvents } from './event-source.js';
import { MarkStream } from './mark-stream.process.js';

const Position = z.coerce.number().int().nonnegative().optional();

/** Readers of the marks that one process serves. A benchmark needs one. */
const READERS = 32;

/** What benchmark drivers need: how transactions ended, and a way back to the start. */
@ApiTags('benchmark')
@Controller()
export class BenchmarkEdge {
  private readonly log = new Logger(BenchmarkEdge.name);
  private readers = 0;

  constructor(
    private readonly marks: BenchmarkData,
    private readonly stream: MarkStream,
    private readonly process: BenchmarkProcess,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get('marks')
  @ApiOperation({
    summary: 'How transactions ended, as server-sent events',
    description:
      'Begins with the next mark; with `Last-Event-ID`, or else `?after=<id>`, with the first one after that id (0: all).',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'Events `{ id, tid, type, actorId, status, source, at }`, in the order of their ids.',
  })
  async follow(
    @Headers('last-event-id') lastEventId: string | undefined,
    @Query('after', { schema: Position }) after: number | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (this.readers >= READERS) throw tooManyReaders({ limit: READERS });
    this.readers += 1;
    try {
      const position = positionOf(lastEventId) ?? after ?? (await this.marks.last());
      reply.hijack();
      // A context of its own: the request's would end the line at the deadline of ordinary requests.
      await inContext(freshContext({ module: 'benchmark', operation: 'GET /marks' }), () =>
        this.send(reply, position),
      );
    } finally {
      this.readers -= 1;
    }
  }

  @Patch('reset')
  @HttpCode(200)
  @ApiOperation({ summary: 'Back to the start of a run (only with BENCH=true)' })
  @ApiOkResponse({
    description: 'Products, stock, customers and sellers are as loaded; everything else is gone.',
  })
  @ApiNotFoundResponse({ description: 'This server was not started for benchmarks.' })
  async reset(): Promise<void> {
    if (!this.settings.BENCH) throw notABenchmark({ path: '/reset' });
    await this.process.reset();
  }

  @Patch('cleanup')
  @HttpCode(200)
  @ApiOperation({ summary: 'Wipe everything (only with BENCH=true)' })
  @ApiOkResponse({ description: 'Every module has forgotten everything.' })
  @ApiNotFoundResponse({ description: 'This server was not started for benchmarks.' })
  async cleanup(): Promise<void> {
    if (!this.settings.BENCH) throw notABenchmark({ path: '/cleanup' });
    await this.process.cleanup();
  }

  private async send(reply: FastifyReply, position: number): Promise<void> {
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    try {
      await sendEvents(reply.raw, position, this.stream.follow(position, gone.signal));
    } catch (error) {
      // The answer has begun, so no filter can tell the reader: its line is cut, and it resumes.
      if (!gone.signal.aborted) this.log.warn({ err: error }, 'A reader of the marks was cut');
      else this.log.debug({ err: error }, 'A reader of the marks left');
    }
  }
}

/** Where a reader left off. What we did not send is refused: to begin at the end would lose marks without a word. */
function positionOf(lastEventId: string | undefined): number | undefined {
  const position = Position.safeParse(lastEventId || undefined);
  if (position.success) return position.data;
  throw new BadRequestException(
    `Last-Event-ID must be the id of a mark, a whole number; got "${lastEventId}".`,
  );
}
