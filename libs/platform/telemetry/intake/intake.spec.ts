import { lineFaults } from '../line-shape.js';
import { readForeign } from './formats.js';
import { normalised, Records } from './normalise.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const FOR = { app: 'legacy', team: 'backoffice', instance: 'one' };
const NOW = new Date('2026-11-26T09:00:00.000Z');
const taken = (text: string) => JSON.parse(normalised(text, FOR, NOW));

it.each([
  [
    'pino',
    `{"level":40,"time":1764147600000,"pid":1,"hostname":"box","msg":"low","trace_id":"${TRACE}"}`,
    '2025-11-26T09:00:00.000Z',
    'warn',
    'low',
  ],
  [
    'winston',
    '{"level":"error","timestamp":"2026-11-26T08:59:00.000Z","message":"lost","order":7}',
    '2026-11-26T08:59:00.000Z',
    'error',
    'lost',
  ],
  [
    'bunyan',
    '{"name":"shop","hostname":"box","pid":9,"level":30,"msg":"sold","time":"2026-11-26T08:59:00.123Z","v":0}',
    '2026-11-26T08:59:00.123Z',
    'info',
    'sold',
  ],
  [
    'logfmt',
    'time=2026-11-26T08:59:00Z level=warn msg="it is \\"low\\"" product=7',
    '2026-11-26T08:59:00.000Z',
    'warn',
    'it is "low"',
  ],
  [
    'access',
    '10.0.0.7 - ada [26/Nov/2026:09:59:00 +0100] "GET /stock/7?token=hunter2 HTTP/1.1" 502 12 "-" "curl/8" 0.250',
    '2026-11-26T08:59:00.000Z',
    'error',
    'GET /stock/7 502',
  ],
  [
    'syslog',
    '<11>1 2026-11-26T08:59:00.5Z box shop 42 ID47 - disk is full',
    '2026-11-26T08:59:00.500Z',
    'error',
    'disk is full',
  ],
  [
    'syslog',
    '<30>Nov 26 08:59:00 box shop[42]: started',
    `${new Date().getUTCFullYear()}-11-26T08:59:00.000Z`,
    'info',
    'started',
  ],
  ['plain', '2026-11-26 08:59:00,250 WARN  stock is low', '2026-11-26T08:59:00.250Z', 'warn', 'stock is low'],
  [
    'plain',
    '[2026-11-26T08:59:00Z] ERROR: stock is gone',
    '2026-11-26T08:59:00.000Z',
    'error',
    'stock is gone',
  ],
  ['plain', 'INFO 2026-11-26 08:59:00 - ready', '2026-11-26T08:59:00.000Z', 'info', '- ready'],
  ['text', 'something happened', NOW.toISOString(), 'info', 'something happened'],
])('%s: %s', (format, text, time, level, message) => {
  const line = taken(text);
  expect({
    time: line.time,
    level: line.level,
    message: line.message,
    format: line.data.intake.format,
  }).toEqual({ time, level, message, format });
  expect(lineFaults(line).filter((fault) => !/^(operation|span) is missing/.test(fault))).toEqual([]);
  expect(JSON.stringify(line)).not.toContain('hunter2');
});

it.each([
  [`{"msg":"a","traceparent":"00-${TRACE}-00f067aa0ba902b7-01"}`, TRACE, '00f067aa0ba902b7'],
  [`2026-11-26 08:59:00 INFO trace_id=${TRACE} span_id=00f067aa0ba902b7 sold`, TRACE, '00f067aa0ba902b7'],
  ['{"msg":"a","request_id":"4bf92f35-77b3-4da6-a3ce-929d0e0e4736"}', TRACE, undefined],
  [`{"msg":"a","traceId":"${'0'.repeat(32)}"}`, undefined, undefined],
  ['{"msg":"a","requestId":"7"}', undefined, undefined],
])('the trace in %s', (text, trace, span) => {
  const read = readForeign(text);
  expect([read.trace, read.span]).toEqual([trace, span]);
});

it('a stack joins the line above it, and is bounded', () => {
  const records = new Records();
  const lines = [
    '2026-11-26 08:59:00 ERROR it broke',
    'java.lang.IllegalStateException: no',
    '\tat shop.Cart.add(Cart.java:7)',
    'Caused by: java.io.IOException: x',
    '    at shop.Db.open(Db.java:9)',
    '2026-11-26 08:59:01 INFO next',
  ];
  const whole = lines.map((line) => records.add(line)).filter((record) => record !== undefined);
  expect(whole).toHaveLength(1);
  expect(taken(whole[0] as string)).toMatchObject({
    level: 'error',
    message: 'it broke',
    error: { kind: 'IllegalStateException', stack: expect.stringContaining('Db.java:9') },
  });
  for (let at = 0; at < 100_000; at += 1) records.add('    at for.ever(Ever.java:1)');
  expect((records.end() ?? '').length).toBeLessThan(70_000);
});

it('control bytes stay inert, and secrets out', () => {
  const line = normalised(
    '2026-11-26 08:59:00 INFO \u001b[2Jpassword=hunter2 postgres://a:hunter2@db',
    FOR,
    NOW,
  );
  expect(line).not.toContain('hunter2');
  expect(line).not.toContain('\u001b');
});
