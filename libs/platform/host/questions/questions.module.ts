import {
  Controller,
  type DynamicModule,
  Get,
  Module,
  NotFoundException,
  Param,
  Query,
  UseGuards,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  behaviors,
  callEdges,
  keptLines,
  serviceMap,
  slowest,
  type TraceStory,
  traceStory,
} from '../../questions/index.js';
import { LocalOrSecret } from '../metrics/local-or-secret.js';
import { ASKED, type Asked, MOST_SPANS as most } from './asked.js';
import { KeptStore } from './kept-store.js';

/** Where the store is, for whom, and the secret of those who ask from another machine. */
export interface QuestionsOptions {
  readonly url: string;
  readonly app: string;
  readonly secret: string;
}

const HOUR_MS = 3_600_000;

/** `/questions`: what kept lines and spans answer, in the words of the commands' `--json`. */
@Module({})
export class QuestionsModule {
  static with({ url, app, secret }: QuestionsOptions): DynamicModule {
    @ApiExcludeController()
    @Controller('questions')
    @UseGuards(new LocalOrSecret(secret))
    class QuestionsController {
      constructor(private readonly kept: KeptStore) {}

      @Get('trace/:trace')
      async trace(@Param('trace', { schema: ASKED.trace }) trace: Asked['trace']): Promise<TraceStory> {
        const story = await this.kept.ask((store) => traceStory(store, trace));
        if (story) return story;
        throw new NotFoundException(
          `Nothing is kept of trace ${trace}: it is older than the store keeps, was left out by sampling, or is only just happening (up to a second).`,
        );
      }

      @Get('logs')
      async logs(@Query({ schema: ASKED.logs }) asked: Asked['logs']): Promise<object> {
        const since = asked.since ?? (asked.trace ? undefined : new Date(Date.now() - HOUR_MS));
        const lines = await this.kept.ask((store) => keptLines(store, { ...asked, since }));
        return { lines: lines.map(({ line }) => line) };
      }

      @Get('calls')
      async calls(@Query({ schema: ASKED.window }) { since: seconds }: Asked['window']): Promise<object> {
        return { seconds, edges: await this.kept.ask((store) => callEdges(store, seconds)) };
      }

      /** Without what the source declares: an app runs without it. */
      @Get('map')
      async map(@Query({ schema: ASKED.window }) { since }: Asked['window']): Promise<object> {
        return { declared: 0, ...(await this.kept.ask((store) => serviceMap(store, since, []))) };
      }

      @Get('slow')
      async slow(@Query({ schema: ASKED.slow }) { since, entry, limit }: Asked['slow']): Promise<object> {
        return this.kept.ask((store) => slowest(store, since, { entry, limit, most }));
      }

      @Get('behaviors')
      async behaviors(@Query({ schema: ASKED.behaviors }) asked: Asked['behaviors']): Promise<object> {
        const all = await this.kept.ask((store) => behaviors(store, asked.since, asked.entry, most));
        return { behaviors: asked.new ? all.filter(({ isNew }) => isNew) : all };
      }
    }
    return {
      module: QuestionsModule,
      controllers: [QuestionsController],
      providers: [{ provide: KeptStore, useFactory: () => new KeptStore(url, app) }],
    };
  }
}
