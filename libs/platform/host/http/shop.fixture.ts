import { type AddressInfo, connect } from 'node:net';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpException,
  Injectable,
  Logger,
  Module,
  NotFoundException,
  Param,
  Post,
  Query,
  Sse,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { Bug, Fault, refusal } from '../../seam/index.js';
import type { Line } from '../../telemetry/index.js';
import { callContext, LogModule, type LogSettings, loggerFor, nestLogger } from '../../telemetry/index.js';
import { createHttp, type Http } from './http.js';
import type { ReadinessProbe } from './readiness.js';

const noSuchStock = refusal<{ product: number; note?: string }>(
  'stock.unknown-item',
  'not-found',
  ({ product }) => `No product ${product} here. Look in the catalogue.`,
);
/** A card number that everybody tests with. */
export const CARD = '4111111111111111';
const Order = z.object({
  items: z.array(z.object({ quantity: z.number().int().positive() })),
  at: z.coerce.date().optional(),
});

/** How to let go the answers that `GET /stock/slow` holds back. */
export const held: (() => void)[] = [];
/** The open streams of `GET /stock/marks`, and the call contexts in which they were opened. */
export const streams: { open: number; contexts: unknown[] } = { open: 0, contexts: [] };

@Injectable()
class StockData {
  readonly #log = new Logger('StockData');

  constructor(@InjectPinoLogger('StockData') private readonly pino: PinoLogger) {}

  look(): object {
    this.#log.log('looked');
    this.pino.assign({ shelf: 3 });
    this.pino.info('looked again');
    const { trace, operation, module, deadline } = callContext() ?? {};
    return {
      trace: trace?.traceId,
      span: trace?.spanId,
      operation,
      module,
      left: (deadline ?? 0) - performance.now(),
    };
  }
}

@Controller('stock')
class StockEdge {
  constructor(private readonly data: StockData) {}

  @Get('context/:id') context(): object {
    return this.data.look();
  }
  @Post('context/:id') postContext(@Body() _body: unknown): object {
    return this.data.look();
  }
  @Post('orders') @HttpCode(202) order(@Body({ schema: Order }) order: z.infer<typeof Order>): object {
    return { ...order, date: order.at instanceof Date };
  }
  @Get('items/:id') item(
    @Param('id', { schema: z.coerce.number().int().positive() }) id: number,
    @Query({ schema: z.object({ page: z.coerce.number().default(1) }) }) query: { page: number },
  ): object {
    return { id, ...query };
  }
  @Get('throw/:what') async throw(@Param('what') what: string): Promise<never> {
    await Promise.resolve();
    throw (ERRORS[what] as () => unknown)();
  }
  @Get('late') async late(): Promise<never> {
    const { deadline = 0 } = callContext() ?? {};
    while (performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    throw new Fault('too slow');
  }
  @Get('slow') slow(): Promise<object> {
    return new Promise((resolve) => held.push(() => resolve({ done: true })));
  }
  @Sse('marks') marks(): Observable<object> {
    return new Observable((subscriber) => {
      streams.open++;
      streams.contexts.push(callContext());
      subscriber.next({ id: '1', data: { tid: 'a' } });
      return () => streams.open--;
    });
  }
}

const ERRORS: Record<string, () => unknown> = {
  refusal: () => noSuchStock({ product: 7, note: `card ${CARD}` }),
  fault: () => new Fault('postgres://banyan:hunter2@db is away'),
  lost: () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  bug: () => new Bug('hunter2 is impossible'),
  unknown: () => new TypeError('cannot read hunter2'),
  text: () => 'hunter2',
  nest: () => new NotFoundException('Nothing here'),
  custom: () => new HttpException({ message: ['one', 'two'], hint: 'three' }, 418),
};

@Module({ controllers: [StockEdge], providers: [StockData] })
class StockModule {}

/** Every line that a shop has written. */
export const written: string[] = [];
/** What readiness asks. */
export const probes: ReadinessProbe[] = [];

interface Started {
  readonly app: NestFastifyApplication;
  readonly http: Http;
  readonly url: string;
  readonly port: number;
}

/** Starts a small shop on a free port. */
export async function start(settings: Partial<LogSettings> = {}, callTimeoutMs = 10_000): Promise<Started> {
  const log = loggerFor(
    { LOG_LEVEL: 'info', LOG_FORMAT: 'json', ...settings },
    { app: 'shop', instance: 'one' },
    { write: (line) => void written.push(line) },
  );
  const http = createHttp({
    log,
    callTimeoutMs,
    moduleOf: (controller: Type) => (controller === StockEdge ? 'stock' : undefined),
    readiness: { useFactory: () => probes },
    api: { title: 'Shop', version: '1.2.3' },
  });
  const root = { module: class Root {}, imports: [LogModule.with(log), ...http.imports, StockModule] };
  const app = await NestFactory.create<NestFastifyApplication>(root, http.adapter, {
    logger: nestLogger(log),
    abortOnError: false,
  });
  http.configure(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, http, port, url: `http://127.0.0.1:${port}` };
}

let shop: Started;

/** Starts a shop before the specs of a file and stops it after them. */
export function openShop(): void {
  beforeAll(async () => {
    shop = await start();
  });
  afterAll(async () => {
    await shop.http.stop(300);
    await shop.app.close();
  });
  beforeEach(() => {
    written.splice(0);
    probes.splice(0);
  });
}

/** Asks the open shop, or another. */
export async function ask(path: string, init: RequestInit = {}, at = shop) {
  const response = await fetch(at.url + path, init);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: json ? JSON.parse(text) : undefined,
  };
}
/** Posts a body to the open shop. */
export const post = (path: string, body: string, type = 'application/json') =>
  ask(path, { method: 'POST', body, headers: { 'content-type': type } });

/** The line of a finished exchange; it is written a moment after the client has the answer. */
export async function lineOf(route: string): Promise<Line> {
  return until(() => lines().find(({ data }) => data?.['route'] === route));
}
/** The lines written so far. */
export const lines = (): Line[] => written.map((line) => JSON.parse(line) as Line);

/** Waits for a fact. */
export async function until<T>(fact: () => T | undefined | false): Promise<T> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const found = fact();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`never true: ${fact.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets the answers go that `GET /stock/slow` holds back. */
export function answerHeld(): void {
  for (const answer of held.splice(0)) answer();
}

export interface Socket {
  send(text: string): void;
  /** Everything received, once this is part of it. */
  until(text: string): Promise<string>;
  closed(): Promise<boolean>;
  destroy(): void;
}

/** Speaks HTTP by hand: what the pieces of a request are, and when each is sent, is for the test to say. */
export function socket(at = shop): Socket {
  const connection = connect(at.port, '127.0.0.1');
  let received = '';
  let closed = false;
  connection.on('data', (chunk) => {
    received += chunk;
  });
  connection.on('close', () => {
    closed = true;
  });
  connection.on('error', () => undefined);
  return {
    send: (text: string) => connection.write(text),
    until: (text: string) => until(() => received.includes(text) && received),
    closed: () => until(() => closed),
    destroy: () => connection.destroy(),
  };
}
