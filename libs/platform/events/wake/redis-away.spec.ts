import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RunningModules, startModules } from '#testing';
import { freePort } from '../../embedded/ports.js';
import { type RunningRedis, startRedis } from '../../embedded/redis.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { UnitsOfWork } from '../../work/units-of-work.js';
import { CustomerModule, Paid, SellerModule } from '../events.sample.js';
import { jobsAreTaken, until } from './jobs-are-taken.fixture.js';
import { RedisWatch } from './redis-watch.js';

const PACKAGES = join(tmpdir(), 'banyan-redis-packages');
let folder: string;
let redis: RunningRedis;
let admin: Redis;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-redis-away-'));
  redis = await startRedis({ dir: folder, packages: PACKAGES });
  admin = new Redis(redis.url);
});
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the modules of the sample on a Redis. */
async function start(url: string): Promise<RunningModules> {
  const app = await startModules({ here: [SellerModule, CustomerModule], settings: { REDIS_URL: url } });
  await app.query(
    'create table seller.test_notes (id bigint generated always as identity, listener text, n int, who text)',
  );
  await app.query('grant insert, select on seller.test_notes to banyan_seller');
  return app;
}

const publish = (app: RunningModules, n: number) =>
  app
    .get(UnitsOfWork)
    .of('customer')
    .run(async (unit) => unit.publish(Paid, { n, who: 'ada' }));

const notes = async (app: RunningModules) =>
  (
    await app.query<{ n: number }>(`select n from seller.test_notes where listener = 'in-order' order by id`)
  ).map(({ n }) => n);

describe('an app whose Redis', () => {
  it('is not there at the start, starts and delivers; comes and evicts, says so until that is mended; then wakes through it', async () => {
    const port = await freePort();
    const app = await start(`redis://127.0.0.1:${port}`);
    const degraded = async () => (await app.http('GET', '/health/ready')).body.info['wake-ups'];
    expect(await degraded()).toMatchObject({
      degraded: true,
      message: expect.stringMatching(/^Redis is away: .* Start it$/),
    });
    await publish(app, 1);
    await app.drain();
    expect(await notes(app)).toEqual([1]);
    const come = await startRedis({
      ...{ dir: folder, packages: PACKAGES, port },
      settings: { 'maxmemory-policy': ['allkeys-lru'] },
    });
    const operator = new Redis(come.url);
    try {
      while (!/^Redis evicts keys .*: set it to "noeviction"/.test((await degraded()).message))
        await pause(50);
      await operator.config('SET', 'maxmemory-policy', 'noeviction');
      await until(async () => (await degraded()).degraded === undefined);
      await jobsAreTaken(come.url);
    } finally {
      operator.disconnect();
      await come.stop();
    }
    const began = performance.now();
    await app.stop();
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('is emptied again and again under load, loses and doubles nothing', async () => {
    const app = await start(redis.url);
    for (let n = 1; n <= 50; n++) {
      await publish(app, n);
      if (n % 5 === 0) await admin.flushall();
    }
    await app.drain();
    expect(await notes(app)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    await app.stop();
  });

  it('falls silent, answers, delivers and stops all the same', async () => {
    const app = await start(redis.url);
    const pid = Number(/process_id:(\d+)/.exec(await admin.info('server'))?.[1]);
    process.kill(pid, 'SIGSTOP');
    try {
      await publish(app, 1);
      await app.drain();
      expect(await notes(app)).toEqual([1]);
      const began = performance.now();
      await app.stop().catch((error: Error) => expect(error.message).toContain('Not everything has stopped'));
      expect(performance.now() - began).toBeLessThan(15_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('is out of memory, goes on delivering', async () => {
    const app = await start(redis.url);
    await admin.config('SET', 'maxmemory', '1');
    try {
      await publish(app, 1);
      await app.drain();
      expect(await notes(app)).toEqual([1]);
    } finally {
      await admin.config('SET', 'maxmemory', '0');
    }
    await app.stop();
  });
});

describe('what happened to Redis is said in plain words', () => {
  let said: string[];
  let watch: RedisWatch;
  let client: Redis;
  const say = (text: string) => said.push(text);
  const log = { info: say, error: say } as unknown as PlatformLog;
  beforeEach(async () => {
    said = [];
    await admin.flushall();
    client = new Redis(redis.url, { maxRetriesPerRequest: 1, commandTimeout: 500 });
    client.on('error', () => undefined);
    watch = new RedisWatch(client, 'spec', log);
    await watch.look();
  });
  afterEach(() => client.disconnect());

  it('once, when it has lost its state', async () => {
    await watch.look();
    expect(said).toEqual([]);
    await admin.flushall();
    await watch.look();
    await watch.look();
    expect(said).toEqual([expect.stringContaining("BullMQ's server lost its state")]);
  });

  it('by every process that sees it, not just by the first', async () => {
    const other = new RedisWatch(client, 'spec', log);
    await other.look();
    await admin.flushall();
    await watch.look();
    await other.look();
    expect(said).toHaveLength(2);
  });

  it('when it begins to evict, and when it does not any more', async () => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await watch.look();
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await watch.look();
    expect(said).toEqual([
      expect.stringContaining(
        'Redis evicts keys when it is full (maxmemory-policy is "allkeys-lru"): set it',
      ),
      'Redis evicts no keys any more',
    ]);
  });

  it('when it is out of memory, takes no writes, or is silent, and when it works again', async () => {
    await admin.config('SET', 'maxmemory', '1');
    await watch.look();
    await admin.config('SET', 'maxmemory', '0');
    await admin.call('REPLICAOF', '127.0.0.1', '1');
    await watch.look();
    await admin.call('REPLICAOF', 'NO', 'ONE');
    const pid = Number(/process_id:(\d+)/.exec(await admin.info('server'))?.[1]);
    process.kill(pid, 'SIGSTOP');
    await watch.look();
    process.kill(pid, 'SIGCONT');
    await pause(0);
    while (said.length < 4) await watch.look();
    expect(said).toEqual([
      expect.stringContaining('is out of memory'),
      expect.stringContaining('takes no writes, as after a failover'),
      expect.stringContaining('is silent'),
      expect.stringMatching(/works again after \d+ s/),
    ]);
  });
});
