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
import { callContext, type LogSettings, LogModule, loggerFor, nestLogger } from '../../telemetry/index.js';
import { createHttp, type Http } from './http.js';
import type { ReadinessProbe } from './readiness.js';

const noSuchStock = refusal<{ product: number; note?: string }>(
  'stock.unknown-item',
  'not-found',
  ({ product }) => `No product ${product} here. Look in the catalogue.`,
);
const CARD = '4111111111111111';
const Order = z.object({
  items: z.array(z.object({ quantity: z.number().int().positive() })),
  at: z.coerce.date().optional(),
});

const held: (() => void)[] = [];
const streams: { open: number; contexts: unknown[] } = { open: 0, contexts: [] };

@Injectable()
class StockData {
  readonly #log = new Logger('StockData');

  constructor(@InjectPinoLogger('StockData') private readonly pino: PinoLogger) {}

  look(): object {
    this.#log.log('looked');
    this.pino.assign({ shelf: 3 });
    this.pino.info('looked again');
    const { trace, operation, module, deadline } = callContext() ?? {};
    return { trace: trace?.traceId, span: trace?.spanId, operation, module, left: (deadline ?? 0) - performance.now() };
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

const written: string[] = [];
const probes: ReadinessProbe[] = [];

interface Started {
  readonly app: NestFastifyApplication;
  readonly http: Http;
  readonly url: string;
  readonly port: number;
}

async function start(settings: Partial<LogSettings> = {}, callTimeoutMs = 10_000): Promise<Started> {
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
    stopGraceMs: 300,
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
beforeAll(async () => {
  shop = await start();
});
afterAll(async () => {
  shop.http.stop();
  await shop.app.close();
});
beforeEach(() => {
  written.splice(0);
  probes.splice(0);
});

async function ask(path: string, init: RequestInit = {}, at = shop) {
  const response = await fetch(at.url + path, init);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : undefined };
}
const post = (path: string, body: string, type = 'application/json') =>
  ask(path, { method: 'POST', body, headers: { 'content-type': type } });

/** The line of a finished exchange; it is written a moment after the client has the answer. */
async function lineOf(route: string): Promise<Line> {
  return until(() => lines().find(({ data }) => data?.['route'] === route));
}
const lines = (): Line[] => written.map((line) => JSON.parse(line) as Line);

async function until<T>(fact: () => T | undefined | false): Promise<T> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const found = fact();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`never true: ${fact.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Speaks HTTP by hand: what the pieces of a request are, and when each is sent, is for the test to say. */
function socket(at = shop) {
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

describe('the call context of a request', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const span = '00f067aa0ba902b7';

  test('begins a trace and tells it as x-trace-id', async () => {
    const { body, headers } = await ask('/stock/context/7');
    expect(body).toMatchObject({ trace: expect.stringMatching(/^[0-9a-f]{32}$/), module: 'stock' });
    expect(headers.get('x-trace-id')).toBe(body.trace);
  });

  test('continues the trace of a traceparent under a new span', async () => {
    const { body } = await ask('/stock/context/7', { headers: { traceparent: `00-${trace}-${span}-01` } });
    expect(body.trace).toBe(trace);
    expect(body.span).not.toBe(span);
  });

  test.each([`00-${trace}-${span}`, `00-${'0'.repeat(32)}-${span}-01`, `00-${trace.toUpperCase()}-${span}-01`, '; drop'])(
    'begins a new trace when the traceparent is %s',
    async (traceparent) => {
      const { body } = await ask('/stock/context/7', { headers: { traceparent } });
      expect(body.trace).toMatch(/^[0-9a-f]{32}$/);
      expect(body.trace).not.toBe(trace);
    },
  );

  test('names the route, not the address, and has a deadline', async () => {
    const { body } = await ask('/stock/context/7?a=b');
    expect(body.operation).toBe('GET /stock/context/:id');
    expect(body.left).toBeGreaterThan(5_000);
    expect(body.left).toBeLessThanOrEqual(10_000);
  });

  test('holds while a body arrives in pieces', async () => {
    const client = socket();
    client.send(
      `POST /stock/context/7 HTTP/1.1\r\nHost: x\r\nTraceparent: 00-${trace}-${span}-01\r\n` +
        'Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{"a":',
    );
    // The second piece is sent once the first has surely been read: another request over another connection is answered.
    await ask('/health/live');
    client.send('"bcd"}');
    const answer = await client.until('"module"');
    expect(answer).toContain(`"trace":"${trace}"`);
    expect(answer).toContain('"module":"stock"');
    client.destroy();
  });

  test('is never that of another request on the same connection', async () => {
    const client = socket();
    const asked = Array.from({ length: 20 }, (_, at) => `${at}`.padStart(32, 'a'));
    for (const id of asked) {
      client.send(`GET /stock/context/7 HTTP/1.1\r\nHost: x\r\nTraceparent: 00-${id}-${span}-01\r\n\r\n`);
    }
    const answers = await client.until(`"trace":"${asked.at(-1)}"`);
    expect([...answers.matchAll(/"trace":"(\w+)"/g)].map((match) => match[1])).toEqual(asked);
    client.destroy();
  });

  test('has no deadline in a stream of events', async () => {
    const client = socket();
    client.send(`GET /stock/marks HTTP/1.1\r\nHost: x\r\nTraceparent: 00-${trace}-${span}-01\r\n\r\n`);
    const answer = await client.until('data: {"tid":"a"}');
    expect(answer).toContain(`x-trace-id: ${trace}`);
    expect(streams.contexts.at(-1)).toMatchObject({ trace: { traceId: trace }, module: 'stock' });
    expect(streams.contexts.at(-1)).not.toHaveProperty('deadline');
    client.destroy();
    await until(() => streams.open === 0);
    expect(await lineOf('/stock/marks')).toMatchObject({ level: 'info', data: { ending: 'stream closed' } });
  });
});

describe('the lines of a request', () => {
  test("share its trace, whoever writes: Nest's logger, PinoLogger, the host", async () => {
    const { body } = await ask('/stock/context/7');
    await lineOf('/stock/context/:id');
    const told = { app: 'shop', instance: 'one', module: 'stock', operation: 'GET /stock/context/:id', trace: body.trace };
    expect(lines()).toEqual([
      expect.objectContaining({ ...told, message: 'looked', logger: 'StockData' }),
      expect.objectContaining({ ...told, message: 'looked again', logger: 'StockData', data: { shelf: 3 } }),
      expect.objectContaining({
        ...told,
        level: 'info',
        message: expect.stringMatching(/^GET \/stock\/context\/:id 200 in [\d.]+ ms$/),
        data: { method: 'GET', route: '/stock/context/:id', status: 200, ms: expect.any(Number) },
      }),
    ]);
  });

  test('are one for a request that no route answers or the router cannot read, without its address', async () => {
    await ask('/nowhere/hunter2');
    await ask('/stock/%E0%A4%A/hunter2');
    await until(() => written.length === 2);
    expect(lines().map(({ level, data }) => [level, data?.['route'], data?.['status']])).toEqual([
      ['info', '(no such route)', 404],
      ['info', '(no such route)', 400],
    ]);
    expect(written.join()).not.toContain('hunter2');
  });

  test('say when the client left before the answer', async () => {
    const client = socket();
    client.send('GET /stock/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => held.length === 1);
    client.destroy();
    expect(await lineOf('/stock/slow')).toMatchObject({ data: { ending: 'client gone' } });
    held.splice(0).forEach((answer) => answer());
  });

  test('do not tell of health probes at info level', async () => {
    await ask('/health/ready');
    await ask('/stock/items/7');
    await lineOf('/stock/items/:id');
    expect(lines()).toHaveLength(1);
  });
});

describe('an error becomes a problem document', () => {
  test('a refusal, with its status, code and details', async () => {
    const { status, headers, body } = await ask('/stock/throw/refusal');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: 'urn:refusal:stock.unknown-item',
      title: 'Not Found',
      status: 404,
      detail: 'No product 7 here. Look in the catalogue.',
      instance: `urn:trace:${headers.get('x-trace-id')}`,
      statusCode: 404,
      message: 'No product 7 here. Look in the catalogue.',
      error: 'Not Found',
      traceId: headers.get('x-trace-id'),
      code: 'stock.unknown-item',
      details: { product: 7, note: 'card [card number]' },
    });
    const line = await lineOf('/stock/throw/:what');
    expect(line).toMatchObject({ level: 'info', error: { kind: 'Refusal', code: 'stock.unknown-item' } });
    expect(line.error).not.toHaveProperty('stack');
  });

  test.each([
    ['fault', 'Fault'],
    ['lost', 'Error'],
  ])('%s: 503 with Retry-After, and an error line', async (what, kind) => {
    const { status, headers, body } = await ask(`/stock/throw/${what}`);
    expect([status, headers.get('retry-after'), body.status]).toEqual([503, '1', 503]);
    expect(await lineOf('/stock/throw/:what')).toMatchObject({ level: 'error', error: { kind } });
  });

  test('a fault after the deadline: 504', async () => {
    const hasty = await start({}, 30);
    const { status, body } = await ask('/stock/late', {}, hasty);
    expect([status, body.title]).toEqual([504, 'Gateway Timeout']);
    await hasty.app.close();
  });

  test.each([
    ['bug', 'Bug'],
    ['unknown', 'TypeError'],
    ['text', 'string'],
  ])('%s: 500 that tells nothing of our inside, and an error line that tells it all', async (what, kind) => {
    const { status, text, body } = await ask(`/stock/throw/${what}`);
    expect([status, body.title]).toEqual([500, 'Internal Server Error']);
    expect(text).not.toContain('hunter2');
    const line = await lineOf('/stock/throw/:what');
    expect(line).toMatchObject({ level: 'error', trace: body.traceId, module: 'stock', error: { kind } });
    expect(line.error?.message).toContain('hunter2');
    if (what !== 'text') expect(line.error?.stack).toContain('http.spec');
  });

  test("a module's own HttpException, as it is", async () => {
    expect((await ask('/stock/throw/nest')).body).toMatchObject({ status: 404, message: 'Nothing here' });
    expect(await ask('/stock/throw/custom')).toMatchObject({
      status: 418,
      body: { status: 418, statusCode: 418, message: ['one', 'two'], detail: 'one; two', hint: 'three' },
    });
  });

  test.each([
    ['broken JSON', '/stock/orders', `{"card":"${CARD}",`, 'application/json', 400],
    ['an empty body', '/stock/orders', '', 'application/json', 400],
    ['a prototype in JSON', '/stock/orders', '{"__proto__":{"admin":true}}', 'application/json', 400],
    ['an unknown content type', '/stock/orders', 'a=b', 'text/csv', 415],
    ['a body over a megabyte', '/stock/orders', `"${'x'.repeat(1024 * 1024)}"`, 'application/json', 413],
    ['an unknown route', `/nowhere/${CARD}`, '{}', 'application/json', 404],
    ['a broken escape in the address', `/stock/%E0%A4%A/${CARD}`, '{}', 'application/json', 400],
  ])('what the server itself refuses: %s', async (_what, path, body, type, status) => {
    const answer = await post(path, body, type);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, statusCode: status, message: answer.body.detail });
    expect(answer.text).not.toContain(CARD);
    await until(() => written.length > 0);
    expect(written.join()).not.toContain(CARD);
    expect(answer.headers.get('x-trace-id')).toBe(lines()[0]?.trace);
  });

  test('bytes that are no HTTP', async () => {
    const client = socket();
    client.send('BREW /coffee\r\n\r\n');
    const answer = await client.until('"status":400');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('content-type: application/problem+json');
    await client.closed();
  });
});

describe('input', () => {
  test('is what its schema makes of it; unknown fields are ignored', async () => {
    const order = { items: [{ quantity: 2, colour: 'red' }], at: '2026-11-22', extra: 1 };
    const { status, body } = await post('/stock/orders', JSON.stringify(order));
    expect([status, body]).toEqual([202, { items: [{ quantity: 2 }], at: '2026-11-22T00:00:00.000Z', date: true }]);
    expect((await ask('/stock/items/7')).body).toEqual({ id: 7, page: 1 });
  });

  test('that does not fit is refused with every place and reason', async () => {
    const { status, body } = await post('/stock/orders', '{"items":[{"quantity":1},{"quantity":-1},{}],"at":"never"}');
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { in: 'body', path: 'items[1].quantity', message: expect.stringContaining('>0') },
      { in: 'body', path: 'items[2].quantity', message: expect.stringContaining('expected number') },
      { in: 'body', path: 'at', message: expect.stringContaining('Invalid') },
    ]);
    expect(body.message).toHaveLength(3);
    expect(body.message[0]).toMatch(/^items\[1\]\.quantity: /);
  });

  test.each([
    ['path', '/stock/items/x', 'id'],
    ['query', '/stock/items/7?page=x', 'page'],
  ])('in the %s is checked too', async (part, path, where) => {
    expect((await ask(path)).body.errors).toEqual([{ in: part, path: where, message: expect.any(String) }]);
  });

  test('is never echoed', async () => {
    const { text } = await post('/stock/orders', JSON.stringify({ items: [{ quantity: CARD }], at: 'hunter2' }));
    expect(text).not.toMatch(/4111|hunter2/);
    expect((await ask(`/stock/items/hunter2`)).text).not.toContain('hunter2');
  });

  test('with thousands of errors gets twenty of them', async () => {
    const { body } = await post('/stock/orders', JSON.stringify({ items: Array(5_000).fill({}) }));
    expect(body.errors).toHaveLength(20);
  });
});

describe('health', () => {
  test('live answers whatever does not work', async () => {
    probes.push({ name: 'database', check: async () => Promise.reject(new Error('gone')) });
    expect(await ask('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  test.each(['/health', '/health/ready'])('%s tells what works, with the facts', async (path) => {
    probes.push({ name: 'database', check: async () => ({ version: '18.4' }) });
    const { status, body } = await ask(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', details: { database: { status: 'up', version: '18.4' } } });
  });

  test('is 503 as soon as one thing does not work, and names it and the cure', async () => {
    const url = 'postgres://banyan:hunter2@db';
    probes.push(
      { name: 'queue', check: async () => ({}) },
      { name: 'database', check: () => { throw new Error(`${url} refuses. Start it.`); } },
    );
    const { status, body, text } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(body.error).toEqual({
      database: { status: 'down', message: 'postgres://[hidden]@db refuses. Start it.' },
    });
    expect(body.details.queue).toEqual({ status: 'up' });
    expect(text).not.toContain('hunter2');
  });

  test('is 503 within about two seconds when a probe does not answer', async () => {
    probes.push({ name: 'queue', check: () => new Promise(() => undefined) });
    const begun = performance.now();
    const { status, body } = await ask('/health/ready');
    expect(performance.now() - begun).toBeLessThan(3_500);
    expect([status, body.error.queue.message]).toEqual([503, expect.stringContaining('did not answer within 2000 ms')]);
  });

  test('writes a line when something stops working and when it works again, not at every poll', async () => {
    let broken = true;
    probes.push({ name: 'disk', check: async () => { if (broken) throw new Error('full'); return {}; } });
    await ask('/health/ready');
    await ask('/health/ready');
    broken = false;
    await ask('/health/ready');
    await ask('/health/ready');
    expect(lines().map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn not ready: full',
      'info disk works again',
    ]);
  });
});

describe('the API page', () => {
  test('shows every route with the schemas of its body, path and query', async () => {
    const { body } = await ask('/docs-json');
    expect(body.info).toMatchObject({ title: 'Shop', version: '1.2.3' });
    const order = body.paths['/stock/orders'].post.requestBody.content['application/json'].schema;
    expect(order.properties.items.items.properties.quantity).toMatchObject({ type: 'integer' });
    expect(order.required).toEqual(['items']);
    const { parameters } = body.paths['/stock/items/{id}'].get;
    expect(parameters).toEqual([
      expect.objectContaining({ name: 'id', in: 'path', schema: expect.objectContaining({ type: 'integer' }) }),
      expect.objectContaining({ name: 'page', in: 'query', schema: expect.objectContaining({ type: 'number' }) }),
    ]);
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/health/live', '/health/ready']));
  });

  test('comes whole from this server and is allowed by its own security headers', async () => {
    const { text, headers } = await ask('/docs');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(text).not.toMatch(/(?:src|href)=["'](?:https?:)?\/\//);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>[^<]*\S/);
    const assets = [...text.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map((match) => match[1] as string);
    expect(assets.length).toBeGreaterThanOrEqual(4);
    for (const asset of assets) {
      const answer = await fetch(new URL(asset, `${shop.url}/docs`));
      expect([asset, answer.status]).toEqual([asset, 200]);
      await answer.arrayBuffer();
    }
  });
});

describe('security headers', () => {
  test('stand on answers, errors and streams; nothing claims TLS', async () => {
    for (const path of ['/stock/items/7', '/nowhere', '/stock/throw/bug']) {
      const { headers } = await ask(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });
});

describe('a stop', () => {
  test('answers new requests with 503, is not ready but alive, closes streams, and lets answers under way finish', async () => {
    const other = await start();
    const stream = socket(other);
    stream.send('GET /stock/marks HTTP/1.1\r\nHost: x\r\n\r\n');
    await stream.until('data:');
    const slow = socket(other);
    slow.send('GET /stock/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => held.length === 1);

    other.http.stop();
    await stream.closed();
    await until(() => streams.open === 0);
    const refused = await ask('/stock/items/7', {}, other);
    expect(refused).toMatchObject({ status: 503, body: { status: 503, detail: expect.stringContaining('stopping') } });
    expect(refused.headers.get('connection')).toBe('close');
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await ask('/health/live', {}, other)).status).toBe(200);
    expect((await ask('/health/ready', {}, other)).body.error.serving.message).toContain('stopping');

    const closed = other.app.close();
    held.splice(0).forEach((answer) => answer());
    expect(await slow.until('{"done":true}')).toMatch(/connection: close/i);
    await closed;
    await slow.closed();
  });

  test('is quick in spite of idle connections, and cuts what does not finish in its grace', async () => {
    const other = await start();
    const idle = socket(other);
    idle.send('GET /stock/items/7 HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.until('"page"');
    const stuck = socket(other);
    stuck.send('GET /stock/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => held.length === 1);
    const begun = performance.now();
    other.http.stop();
    await other.app.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    await Promise.all([idle.closed(), stuck.closed()]);
    held.splice(0);
  });
});

describe("Nest's own start", () => {
  test('is told at debug level only', async () => {
    await (await start()).app.close();
    expect(lines().filter(({ logger }) => logger === 'InstanceLoader')).toEqual([]);
    await (await start({ LOG_LEVEL: 'debug' })).app.close();
    const chatter = lines().filter(({ logger }) => logger === 'InstanceLoader');
    expect(chatter.length).toBeGreaterThan(3);
    expect(new Set(chatter.map(({ level }) => level))).toEqual(new Set(['debug']));
  });
});
