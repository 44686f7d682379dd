import { Pool } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { freshContext, inContext } from '../call-context.js';
import type { Line } from '../line.js';
import { type AppLog, loggerFor } from '../log.js';
import { LevelsWatch } from './levels-watch.js';
import { USUAL, wantedLevels, wantLevel } from './wanted-levels.js';

const written: Line[] = [];
const said = () => written.map(({ module, message }) => `${module ?? '-'} ${message}`);
const appLog = (): AppLog =>
  loggerFor(
    { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
    { app: 'shop', instance: 'one' },
    { write: (line) => void written.push(JSON.parse(line)) },
  );
beforeEach(() => void written.splice(0));

const inModule = (module: string, work: () => void) => inContext(freshContext({ module }), work);

describe('levels per module', () => {
  test('let through what is wanted of one module, and nothing else', () => {
    const log = appLog();
    log.levels.want(new Map([['payment', 'debug']]));
    for (const module of ['payment', 'stock'])
      inModule(module, () => {
        log.debug('asked');
        log.info('sold');
      });
    log.debug('of nobody');
    log.debug('about payment', { module: 'payment' });
    expect(said()).toEqual(['payment asked', 'payment sold', 'stock sold', 'payment about payment']);
  });

  test('quieten one module, or all but one', () => {
    const log = appLog();
    log.levels.want(new Map([['payment', 'error']]));
    inModule('payment', () => log.warn('unheard'));
    inModule('stock', () => log.warn('heard'));
    log.levels.want(new Map([['all', 'silent'] as const, ['stock', 'info'] as const]));
    inModule('payment', () => log.error('unheard'));
    inModule('stock', () => log.info('heard again'));
    expect(said()).toEqual(['stock heard', 'stock heard again']);
  });

  test('hold for children that were made before, and end as they began', () => {
    const log = appLog();
    const child = log.pino.child({ order: 7 });
    log.levels.want(new Map([['all', 'debug']]));
    child.debug('heard');
    log.levels.want(new Map());
    child.debug('unheard');
    expect(said()).toEqual(['- heard']);
  });
});

describe('what somebody wants', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await testDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  const want = (level: 'debug' | typeof USUAL, forMs: number | null = null) =>
    wantLevel(pool, { module: 'payment', level, forMs, who: 'ada', why: 'a test' });

  test('is followed by a process that runs and by one that starts later, says who, and is taken back', async () => {
    const log = appLog();
    const watch = new LevelsWatch(pool, log);
    await watch.start();
    const began = performance.now();
    await want('debug', 60_000);
    await until(() => log.levels.differ);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(written.at(-1)?.data).toEqual({
      wanted: [{ module: 'payment', level: 'debug', who: 'ada', why: 'a test' }],
    });
    const restarted = appLog();
    const other = new LevelsWatch(pool, restarted);
    await other.start();
    expect(restarted.levels.differ).toBe(true);
    await want(USUAL);
    await until(() => !log.levels.differ && !restarted.levels.differ);
    await Promise.all([watch.stop(), other.stop()]);
  });

  test('ends by itself, also where the database is away by then', async () => {
    const log = appLog();
    await want('debug', 700);
    let away = false;
    const database = {
      query: async (sql: string) => (away ? Promise.reject(new Error('away')) : pool.query(sql)),
    };
    const watch = new LevelsWatch(database, log);
    await watch.start();
    expect(log.levels.differ).toBe(true);
    away = true;
    await until(() => !log.levels.differ);
    await watch.stop();
    await until(async () => (await wantedLevels(pool)).length === 0);
  });

  test('is kept with who and when, the latest thousand of it', async () => {
    await pool.query(
      `insert into banyan.log_levels (module, level, who, why) select 'stock', 'usual', 'ada', n::text from generate_series(1, 1200) n`,
    );
    await want(USUAL);
    const { rows } = await pool.query(
      'select count(*)::int, min(at) is not null as dated from banyan.log_levels',
    );
    expect(rows).toEqual([{ count: 1_000, dated: true }]);
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (
    const end = performance.now() + 5_000;
    !(await holds());
    await new Promise((next) => setTimeout(next, 10))
  )
    if (performance.now() > end) throw new Error('It did not come in 5 s.');
}
