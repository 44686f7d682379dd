import { FloodGuard, MANY } from './flood-guard.js';
import type { Line } from './line.js';
import { loggerFor } from './log.js';
import { ONE_PER_CALL } from './platform-log.js';
import { templateOf } from './template.js';

const [INFO, ERROR] = [30, 50];

/** A guard on a clock of its own, for small numbers. */
function guard(limits: { perSecond?: number; burst?: number; templates?: number } = {}) {
  const clock = { now: 0 };
  let floods = 0;
  const made = new FloodGuard(
    () => {
      floods += 1;
    },
    { perSecond: 10, burst: 20, templates: 8, ...limits },
    () => clock.now,
  );
  const pass = (times: number, message: (at: number) => string, level = INFO, kind?: string) =>
    Array.from({ length: times }, (_, at) => made.passes(level, message(at), kind)).filter(Boolean).length;
  return { guard: made, clock, pass, floods: () => floods };
}

test('of lines that are alike only so many pass, and the rest is counted', () => {
  const { guard: made, pass, floods } = guard();
  expect(pass(100, (at) => `Order ${at} of "c${at}" waits`)).toBe(20);
  expect(made.take()).toEqual([{ template: 'Order # of # waits', level: INFO, lines: 80 }]);
  expect(made.take()).toEqual([]);
  expect([made.dropped, floods()]).toEqual([80, 1]);
});

test('a flood of one drowns neither another line nor the same one at another level', () => {
  const { pass } = guard();
  pass(100, () => 'round and round');
  expect(pass(1, () => 'something else')).toBe(1);
  expect(pass(1, () => 'round and round', ERROR)).toBe(1);
});

test('after a while there is room again, for so many in a second', () => {
  const { pass, clock } = guard();
  pass(100, () => 'again');
  clock.now += 1_000;
  expect(pass(100, () => 'again')).toBe(10);
  clock.now += 3_600_000;
  expect(pass(100, () => 'again')).toBe(20);
});

test('lines whose text never repeats are bounded too, but the first error of each kind passes', () => {
  const { guard: made, pass } = guard();
  const letters = (at: number) => String.fromCharCode(97 + (at % 26), 97 + Math.floor(at / 26));
  expect(pass(300, (at) => `new ${letters(at)}`)).toBe(8);
  expect(pass(1, () => 'never seen', ERROR, 'TypeError')).toBe(1);
  expect(pass(1, () => 'nor this', ERROR, 'RangeError')).toBe(1);
  expect(pass(500, (at) => `bad ${letters(at)}`, ERROR, 'TypeError')).toBeLessThan(30);
  const dropped = made.take();
  expect(dropped.map(({ template }) => template)).toContain(MANY);
  expect(dropped.reduce((sum, { lines }) => sum + lines, 0)).toBe(made.dropped);
});

test('a template is what does not vary', () => {
  expect(templateOf('Delivery 4711 of stock.reserve failed')).toBe('Delivery # of stock.reserve failed');
  expect(templateOf('no answer from 127.0.0.1:5432 in 30 ms')).toBe('no answer from # in # ms');
  expect(templateOf("can't")).toBe("can't");
  expect(templateOf('x'.repeat(1_000))).toHaveLength(100);
});

test('a log says what it has dropped, and never drops the line of a call', async () => {
  const lines: Line[] = [];
  const log = loggerFor(
    { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
    { app: 'shop', instance: 'one' },
    { write: (line) => void lines.push(JSON.parse(line)) },
  );
  for (let at = 0; at < 10_000; at += 1) log.info(`turn ${at}`);
  for (let at = 0; at < 5_000; at += 1) log.info(`GET /stock 200 in ${at} ms`, { [ONE_PER_CALL]: true });
  log.error('broken', { error: new Error('x') });
  await log.flush();
  const count = (begin: string) => lines.filter(({ message }) => message.startsWith(begin)).length;
  expect(count('turn')).toBeLessThan(2_500);
  expect([count('GET'), count('broken')]).toEqual([5_000, 1]);
  expect(lines.at(-1)).toMatchObject({
    level: 'warn',
    message: expect.stringContaining('lines like "turn #"'),
    data: { template: 'turn #', lines: 10_000 - count('turn') },
  });
});
