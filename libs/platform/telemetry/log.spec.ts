import { Logger } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { freshContext, inContext } from './call-context.js';
import type { Line } from './line.js';
import { type AppLog, type LogSettings, loggerFor } from './log.js';
import { nestLogger } from './nest-log.js';

const written: string[] = [];
const lines = () => written.map((line) => JSON.parse(line) as Line);
const last = () => lines().at(-1) as Line;
const appLog = (settings: Partial<LogSettings> = {}): AppLog =>
  loggerFor(
    { LOG_LEVEL: 'debug', LOG_FORMAT: 'json', ...settings },
    { app: 'marketplace', instance: 'one' },
    { write: (line) => void written.push(line) },
  );
const log = appLog();

beforeEach(() => void written.splice(0));

describe('a line', () => {
  test('outside every call has time, level, app, instance and message, and nothing else', () => {
    log.info('started');
    expect(last()).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      app: 'marketplace',
      instance: 'one',
      message: 'started',
    });
    expect(written[0]).toMatch(/\}\n$/);
  });

  test('inside a call carries module, operation, trace and span, whoever logs', () => {
    const context = freshContext({ module: 'stock', operation: 'StockApi.reserve' });
    inContext(context, () => {
      log.info('ours');
      log.pino.info('pino');
      nestLogger(log).log('nest', 'StockEdge');
    });
    const told = { module: 'stock', operation: 'StockApi.reserve', ...ids(context) };
    expect(lines()).toEqual([
      expect.objectContaining({ ...told, message: 'ours' }),
      expect.objectContaining({ ...told, message: 'pino' }),
      expect.objectContaining({ ...told, message: 'nest', logger: 'StockEdge' }),
    ]);
  });

  test('of words from code and numbers alone is the same, made in less time', () => {
    const context = freshContext({ module: 'stock', operation: 'GET /stock/"x"/:id' });
    const data = { route: '/stock/"x"/:id', status: 200 };
    inContext(context, () => {
      log.info('GET /stock/"x"/:id 200 in 3.2 ms', data);
      log.plain?.('GET /stock/"x"/:id', ' 200 in 3.2 ms', JSON.stringify(data));
      inContext({ ...context, tenant: '4000000000000002' }, () =>
        log.plain?.('GET', ' 200', '{"status":200}'),
      );
    });
    const timeless = (line?: string) => line?.replace(/"time":"[^"]+"/, '');
    expect(timeless(written[1])).toBe(timeless(written[0]));
    expect(last()).toMatchObject({ tenant: '[card number]', message: 'GET 200', data: { status: 200 } });
    written.splice(0);
    inContext(context, () => appLog({ LOG_LEVEL: 'warn' }).plain?.('GET', ' 200', '{}'));
    log.plain?.('outside', ' of every call', '{}');
    expect(written.map((line) => JSON.parse(line).message)).toEqual(['outside of every call']);
  });

  test('keeps what its author adds under data, bound fields too, where no name collides with its own', () => {
    log.pino.child({ time: 'bound' }).child({ order: 7 }).info({ level: 'mine', app: 'mine' }, 'busy');
    expect(last()).toMatchObject({ level: 'info', app: 'marketplace', message: 'busy' });
    expect(last().data).toEqual({ time: 'bound', order: 7, level: 'mine', app: 'mine' });
  });

  test('takes operation and trace from its author where they speak about other work than their own', () => {
    log.warn('gave up', { operation: 'stock.reserve', trace: 'a'.repeat(32), module: 'stock' });
    expect(last()).toMatchObject({ operation: 'stock.reserve', trace: 'a'.repeat(32), module: 'stock' });
    expect(last().data).toBeUndefined();
  });

  test('describes an error by kind, code, message, stack and causes', () => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    log.error('no answer', { error: new TypeError('broken', { cause }) });
    expect(last()).toMatchObject({
      message: 'no answer',
      error: {
        kind: 'TypeError',
        message: 'broken',
        stack: expect.stringContaining('log.spec'),
        cause: { kind: 'Error', code: 'ECONNREFUSED', message: 'connect' },
      },
    });
  });

  test('has a message even when its author gave none', () => {
    log.pino.info({ a: 1 });
    log.pino.error(new Error('alone'));
    log.pino.error({ err: new Error('as nestjs-pino says it') });
    expect(lines().map(({ message }) => message)).toEqual(['', 'alone', 'as nestjs-pino says it']);
  });

  test('below the level is not written', () => {
    appLog({ LOG_LEVEL: 'warn' }).info('unheard');
    expect(written).toEqual([]);
  });

  test('that is too long loses its data and the tail of its message, and is still JSON', () => {
    log.info('m'.repeat(40_000), { payload: 'x'.repeat(50_000) });
    expect(written[0]?.length).toBeLessThan(10_000);
    expect(last().data).toEqual({ dropped: expect.stringMatching(/^9\d{4} characters/) });
  });

  test('survives data that JSON cannot say', () => {
    const loop: Record<string, unknown> = { big: 12n };
    loop['self'] = loop;
    log.info('odd', { loop });
    expect(last()).toMatchObject({ message: 'odd', data: { loop: expect.anything() } });
  });
});

describe('secrets', () => {
  const CARD = '4111111111111111';

  test.each([
    ['nested and in arrays', { a: [{ b: { password: 'hunter2-x' } }] }],
    ['whatever the spelling', { headers: { Authorization: 'hunter2-x', 'set-cookie': ['hunter2-x'] } }],
    [
      'as part of a longer name',
      { accessToken: 'hunter2-x', client_secret: 'hunter2-x', 'x-api-key': 'hunter2-x' },
    ],
    ['that are objects', { card: { number: 'hunter2-x', code: 'hunter2-x' }, CardHolderName: 'hunter2-x' }],
    [
      'in JSON inside a string',
      { body: JSON.stringify({ deep: JSON.stringify({ password: 'hunter2-x' }) }) },
    ],
    ['in headers inside a string', { text: 'Authorization: Bearer hunter2-x' }],
    ['in cookies inside a string', { text: 'Cookie: a=b; sid=hunter2-x' }],
    ['in connection strings', { text: 'connect postgres://banyan:hunter2-x@db:5432/x failed' }],
    ['in key=value strings', { text: 'host=db password=hunter2-x dbname=x' }],
  ])('do not get out: %s', (_where, data) => {
    log.info('told', data);
    expect(written.join()).not.toContain('hunter2');
    expect(written.join()).toContain('[hidden]');
  });

  test('do not get out in messages, errors, causes, stacks and bound fields', () => {
    const url = 'redis://:hunter2-x@cache:6379';
    const error = new Error(`no answer from ${url}`, { cause: new Error(`password=hunter2-x at ${url}`) });
    log.pino.child({ token: 'hunter2-x' }).error({ error }, `lost ${url}`);
    expect(written.join()).not.toContain('hunter2');
    expect(last()).toMatchObject({
      message: 'lost redis://[hidden]@cache:6379',
      data: { token: '[hidden]' },
    });
  });

  test('leave false, true and null under their name', () => {
    log.info('told', { password: null, cookie: false });
    expect(last().data).toEqual({ password: null, cookie: false });
  });

  test.each([
    CARD,
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '378282246310005',
    '3782 822463 10005',
    '5555555555554444',
    '6304000000000000000',
  ])('card number %s does not get out of any string', (number) => {
    log.info(`paid with ${number}.`, { note: [`(${number})`], [`by ${number}`]: 1 });
    expect(written.join()).not.toContain(number);
    expect(last().message).toBe('paid with [card number].');
  });

  test('card numbers do not get out as JSON numbers', () => {
    log.info('paid', { paidWith: 4111111111111111 });
    expect(last().data).toEqual({ paidWith: '[card number]' });
  });

  test('what only looks like a card number stays', () => {
    const data = {
      wrongCheckDigit: '4111111111111112',
      milliseconds: 1764000000104,
      uuid: '01890000-1234-7123-8123-4111111111a1',
      span: { id: 'a111111111111111' },
      invoice: '1234-20261122-0001',
    };
    log.info('told', data);
    expect(last().data).toEqual(data);
  });

  test("the line's own ids are never taken for card numbers", () => {
    log.info('told', { span: CARD, trace: `${CARD}${CARD}`, note: CARD });
    expect(last()).toMatchObject({ span: CARD, trace: `${CARD}${CARD}`, data: { note: '[card number]' } });
  });

  test("a failed query's parameters do not get out, however it is logged", () => {
    const driver = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (mail)=(hunter2) exists',
    });
    const error = new QueryFailedError('INSERT INTO people VALUES ($1)', ['hunter2'], driver);
    log.error('failed', { error });
    log.error('failed', { failure: error, list: [{ error }] });
    log.pino.error(error);
    nestLogger(log).error(error);
    expect(written.join()).not.toContain('hunter2');
    expect(lines()[0]?.error).toMatchObject({
      kind: 'QueryFailedError',
      code: '23505',
      message: 'duplicate key',
    });
  });
});

describe('bytes that a terminal obeys', () => {
  const HOSTILE = 'a\u001b[2Jb\r\nfake line\u0007\u009b31m\u202egnp\u2028';

  test('are inert in JSON', () => {
    log.info(HOSTILE, { name: HOSTILE });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for control characters is the purpose
    expect(written[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(last().message).toBe(HOSTILE);
  });

  test('are inert in readable lines', () => {
    const pretty = appLog({ LOG_FORMAT: 'pretty' });
    pretty.info(HOSTILE, { name: HOSTILE, error: new Error(HOSTILE) });
    const shown = plain(written.join(''));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for control characters is the purpose
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(shown.split('\n')[0]).toContain('a\\x1b[2Jb\\x0d\\nfake line');
  });
});

describe('readable lines', () => {
  test('say when, how bad, where, what, with which facts and in which trace, and show the stack below', () => {
    const context = freshContext({ module: 'stock', operation: 'StockApi.reserve' });
    const pretty = appLog({ LOG_FORMAT: 'pretty' });
    inContext(context, () => pretty.warn('short of stock', { product: 7, error: new Error('no shelf') }));
    const [first, second, third] = plain(written.join('')).split('\n');
    const { trace } = ids(context);
    expect(first).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}stock StockApi\.reserve short of stock product=7 /);
    expect(first?.endsWith(trace)).toBe(true);
    expect(second).toBe('    Error: no shelf');
    expect(third).toMatch(/^ {6}at .*log\.spec/);
  });

  test('hide secrets as JSON lines do', () => {
    appLog({ LOG_FORMAT: 'pretty' }).info('open postgres://a:hunter2@db', { password: 'hunter2' });
    expect(written.join()).not.toContain('hunter2');
  });
});

describe("Nest's logger", () => {
  const nest = nestLogger(log);

  test("tells Nest's own start at debug level only", () => {
    nest.log('StockModule dependencies initialized', 'InstanceLoader');
    nest.log('Mapped {/stock, GET} route', 'RouterExplorer');
    nest.log('settled', 'StockData');
    expect(lines().map(({ level, logger }) => `${level} ${logger}`)).toEqual([
      'debug InstanceLoader',
      'debug RouterExplorer',
      'info StockData',
    ]);
  });

  test('understands objects, errors, stacks and contexts after the message', () => {
    const error = new RangeError('too far');
    nest.log('sold', { product: 7 }, 'StockData');
    nest.error('failed', error.stack, 'StockData');
    nest.error(error);
    expect(lines()).toEqual([
      expect.objectContaining({ message: 'sold', logger: 'StockData', data: { product: 7 } }),
      expect.objectContaining({
        message: 'failed',
        logger: 'StockData',
        error: { kind: 'RangeError', message: 'failed', stack: error.stack },
      }),
      expect.objectContaining({ message: 'too far', error: expect.objectContaining({ kind: 'RangeError' }) }),
    ]);
  });

  test("is what Nest's Logger writes to", () => {
    Logger.overrideLogger(nest);
    new Logger('StockData').warn('low', { left: 2 });
    expect(last()).toMatchObject({ level: 'warn', logger: 'StockData', message: 'low', data: { left: 2 } });
  });
});

function plain(coloured: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are the only escape sequences allowed
  return coloured.replace(/\u001b\[\d+m/g, '');
}

function ids(context: ReturnType<typeof freshContext>) {
  return { trace: context.trace.traceId, span: context.trace.spanId };
}
