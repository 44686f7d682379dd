import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
// What OpenTelemetry's own protocol definitions were compiled to; the serializers that are tested are written by hand since.
import root from 'otlp-definitions/build/src/generated/root.js';
import { freshContext, hop, inContext } from '../call-context.js';
import { loggerFor } from '../log.js';
import type { SpanBuffer } from '../spans/span-buffer.js';
import { Telemetry } from '../telemetry.js';

// biome-ignore lint/suspicious/noExplicitAny: the definitions come without types of what they decode
type Decoded = any;
const { trace, logs } = (root as Decoded).opentelemetry.proto.collector;
const REQUESTS: Readonly<
  Record<string, { decode(bytes: Uint8Array): Decoded; toObject(message: Decoded, how: object): Decoded }>
> = {
  '/v1/traces': trace.v1.ExportTraceServiceRequest,
  '/v1/logs': logs.v1.ExportLogsServiceRequest,
};

describe('OpenTelemetry', () => {
  let receiver: Server;
  let endpoint = '';
  let status = 200;
  let received: { path: string; headers: Record<string, unknown>; request: Decoded }[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const definition = REQUESTS[path];
        if (status === 200 && definition) {
          const message = definition.decode(Buffer.concat(chunks));
          const how = { bytes: Buffer, longs: String, enums: String };
          received.push({ path, headers: request.headers, request: definition.toObject(message, how) });
        }
        response.writeHead(definition ? status : 404, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
    endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    received = [];
    status = 200;
  });
  afterAll(() => new Promise((closed) => receiver.close(closed)));

  function app() {
    const said: string[] = [];
    const log = loggerFor(
      { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
      { app: 'shop', instance: 'one' },
      { write: (line) => said.push(line) },
    );
    const telemetry = new Telemetry(
      {
        ...{
          TELEMETRY_STORE: false,
          TELEMETRY_DATABASE_URL: '',
          DATABASE_URL: '',
          TELEMETRY_MAX_MB: 64,
          TELEMETRY_MAX_DAYS: 3,
        },
        ...{ TELEMETRY_KEEP_PERCENT: 100, TELEMETRY_SLOW_MS: 1_000, COMMIT: 'abc' },
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=the%20key',
      },
      log,
      '1.2.3',
    );
    return { said, log, telemetry, spans: telemetry.spans as SpanBuffer };
  }
  const attributes = (of: { attributes: { key: string; value: Record<string, unknown> }[] }) =>
    Object.fromEntries(of.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

  it('gets every span and line as it defines them, by its semantic conventions, and no secret', async () => {
    const { log, telemetry, spans } = app();
    const request = freshContext({ spans, module: 'cart', operation: 'POST /cart/:customerId/checkout' });
    const delivery = hop(request, { module: 'stock', operation: 'stock.reserve' });
    inContext(delivery, () =>
      log.error('It failed', { error: new Error('postgres://me:hunter2@host is away') }),
    );
    const link = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    spans.hop(delivery, 'delivery', performance.now() - 7, new Error('token=hunter2'), {
      event: '42',
      attempt: 2,
      link,
    });
    spans.hop(request, 'request', performance.now() - 9, undefined, { status: 202 });
    await telemetry.close(5_000);
    const traces = received.find(({ path }) => path === '/v1/traces');
    expect(traces?.headers).toMatchObject({
      'x-api-key': 'the key',
      'content-type': 'application/x-protobuf',
    });
    const [resourceSpans] = traces?.request.resourceSpans ?? [];
    expect(attributes(resourceSpans.resource)).toMatchObject({
      'service.name': 'shop',
      'service.instance.id': 'one',
      'service.version': '1.2.3',
    });
    const [first, second] = resourceSpans.scopeSpans[0].spans;
    expect(first.traceId.toString('hex')).toBe(request.trace.traceId);
    expect(first.parentSpanId.toString('hex')).toBe(request.trace.spanId);
    expect(first).toMatchObject({
      name: 'stock.reserve',
      kind: 'SPAN_KIND_CONSUMER',
      status: { code: 'STATUS_CODE_ERROR' },
    });
    expect(first.links[0].traceId.toString('hex')).toBe('ab'.repeat(16));
    expect(attributes(first)).toMatchObject({
      'messaging.message.id': '42',
      'banyan.module': 'stock',
      'error.type': 'Error',
    });
    expect(second).toMatchObject({ name: 'POST /cart/:customerId/checkout', kind: 'SPAN_KIND_SERVER' });
    expect(attributes(second)).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/cart/:customerId/checkout',
      'http.response.status_code': '202',
    });
    expect(
      Number(BigInt(second.endTimeUnixNano) - BigInt(second.startTimeUnixNano)) / 1e6,
    ).toBeGreaterThanOrEqual(9);
    const record = received.find(({ path }) => path === '/v1/logs')?.request.resourceLogs[0].scopeLogs[0]
      .logRecords[0];
    expect(record).toMatchObject({ severityText: 'ERROR', body: { stringValue: 'It failed' } });
    expect(record.traceId.toString('hex')).toBe(delivery.trace.traceId);
    expect(record.spanId.toString('hex')).toBe(delivery.trace.spanId);
    expect(attributes(record)).toMatchObject({ 'exception.type': 'Error', 'banyan.module': 'stock' });
    expect(JSON.stringify(received)).not.toContain('hunter2');
  });

  it('is said to be away when it refuses, what it refused is counted, and it gets what comes later', async () => {
    const { log, telemetry, spans, said } = app();
    status = 503;
    spans.hop(freshContext({ operation: 'lost' }), 'task', performance.now());
    await telemetry.flush();
    expect(telemetry.lost.spans).toBe(1);
    expect(said.join('')).toContain('do not reach the collector (it answered 503)');
    status = 200;
    spans.hop(freshContext({ operation: 'kept' }), 'task', performance.now());
    const end = Date.now() + 20_000;
    while (!said.join('').includes('reach the collector"')) {
      if (Date.now() > end) throw new Error('The collector was never found again.');
      await pause(50);
    }
    log.info('The end');
    await telemetry.close(5_000);
    const names = received
      .filter(({ path }) => path === '/v1/traces')
      .map(({ request }) => request.resourceSpans[0].scopeSpans[0].spans[0].name);
    expect(names).toEqual(['kept']);
  });
});
