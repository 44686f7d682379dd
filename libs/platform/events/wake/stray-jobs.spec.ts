import { setTimeout as pause } from 'node:timers/promises';
import { createPostgresBackend, Queue, type QueueOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { type Backend, type RunningModules, startModules, type TestRedis, testRedis } from '#testing';
import { CustomerModule, Paid, SellerModule } from '../events.sample.js';

const QUEUE = 'wake-seller';
const OURS = { listener: 'seller.in-order', partition: 0 };

interface Row {
  reason: string;
  explanation: string;
  name: string;
  content: Buffer;
  options: Buffer;
  times: number;
}

describe.each<Backend>(['postgres', 'redis'])('jobs that are no wake-ups, on BullMQ over %s', (backend) => {
  let redis: TestRedis | undefined;
  let app: RunningModules;
  let queue: Queue;
  let pool: Pool | undefined;
  let admin: Redis | undefined;

  beforeAll(async () => {
    redis = backend === 'redis' ? await testRedis() : undefined;
    app = await startModules({
      here: [SellerModule, CustomerModule],
      settings: redis ? { REDIS_URL: redis.url } : {},
    });
    await app.query(
      'create table seller.test_notes (id bigint generated always as identity, listener text, n int, who text)',
    );
    await app.query('grant insert, select on seller.test_notes to banyan_seller');
    if (redis) {
      admin = new Redis(redis.url);
      queue = new Queue(QUEUE, { connection: admin as never, prefix: 'banyan' });
    } else {
      pool = new Pool({ connectionString: app.database.url, options: '-c search_path=bullmq', max: 2 });
      const options = { connection: pool } as unknown as QueueOptions;
      queue = new Queue(QUEUE, options, createPostgresBackend as never);
    }
  });
  afterEach(() => app.query('truncate banyan.stray_jobs'));
  afterAll(async () => {
    await queue?.close();
    admin?.disconnect();
    await pool?.end();
    await app?.stop();
    await redis?.drop();
  });

  /** Waits until so many strays have been recorded and nothing is left in the queue. */
  async function seen(times: number): Promise<Row[]> {
    for (const patience = Date.now() + 20_000; ; ) {
      const rows = await app.query<Row>('select *, times::int from banyan.stray_jobs order by reason, id');
      const left = await queue.getJobCounts('wait', 'active', 'delayed', 'failed', 'completed');
      const gone = Object.values(left).every((count) => count === 0);
      if (gone && rows.reduce((sum, row) => sum + row.times, 0) >= times) return rows;
      if (Date.now() > patience) throw new Error(`Not all is seen: ${JSON.stringify({ left, rows })}`);
      await pause(20);
    }
  }

  async function delivers(n: number): Promise<void> {
    await app.publish(Paid, { n, who: 'ada' });
    await app.drain();
    expect(
      await app.query(`select from seller.test_notes where n = $1 and listener = 'in-order'`, [n]),
    ).toHaveLength(1);
  }

  it('are recorded as they stood with the reason, and go, however they were to be kept', async () => {
    const odd = { listener: { $: '<img>' }, token: 'kept raw', partition: 'x' };
    await queue.add('nothing', null);
    await queue.add('odd', odd, { removeOnComplete: false, attempts: 5 });
    await queue.add('nobody', { listener: 'seller.nobody', partition: 0 });
    await queue.add('elsewhere', { listener: 'customer.in-order', partition: 0 });
    await queue.add('no-lane', { ...OURS, partition: 63 });
    const rows = await seen(5);
    expect(rows.map(({ reason, name, times }) => [reason, name, times])).toEqual(
      expect.arrayContaining([
        ['no such lane', 'no-lane', 1],
        ['no such listener', 'elsewhere', 1],
        ['no such listener', 'nobody', 1],
        ['no wake-up', 'nothing', 1],
        ['no wake-up', 'odd', 1],
      ]),
    );
    const kept = rows.find(({ name }) => name === 'odd') as Row;
    expect(JSON.parse(kept.content.toString())).toEqual(odd);
    expect(rows.find(({ name }) => name === 'no-lane')?.explanation).toMatch(/has no lane 63 \(\d+ lanes/);
    await delivers(1);
  });

  it('are counted in the metrics, by module and reason', async () => {
    const counted = async (reason: string) => {
      const { body } = await app.http('GET', '/metrics');
      const series = new RegExp(
        `^banyan_stray_jobs_total\\{module="seller",reason="${reason}",.*\\} (\\d+)$`,
        'm',
      );
      return Number(series.exec(body as string)?.[1] ?? 0);
    };
    const counts = () => Promise.all(['no wake-up', 'no such listener', 'no such lane'].map(counted));
    const [noWakeUp, noListener, noLane] = (await counts()) as [number, number, number];
    for (const n of [1, 2]) await queue.add('nothing', { n });
    await queue.add('nobody', { listener: 'seller.nobody', partition: 0 });
    await seen(3);
    expect(await counts()).toEqual([noWakeUp + 2, noListener + 1, noLane]);
  });

  it('are none of those that older or newer code knows', async () => {
    await app.query(
      `insert into banyan.listeners (name, module, partitions, ordered) values ('seller.newer', 'seller', 8, false)`,
    );
    await app.query(
      `insert into banyan.listener_actions (listener, action, who) values ('seller.newer', 'lanes', 'new code')`,
    );
    for (const partition of [7, 11]) // it had more lanes until a moment ago
      await queue.add('newer', { listener: 'seller.newer', partition }, { removeOnComplete: true });
    await queue.add('last', { listener: 'seller.nobody', partition: 0 });
    expect((await seen(1)).map(({ name }) => name)).toEqual(['last']);
  });

  it('of the same kind are counted in one row, and those that differ in no more than a few', async () => {
    const flood = Array.from({ length: 300 }, (_, n) => ({ name: 'flood', data: { order: n } }));
    await queue.addBulk(flood);
    expect((await seen(300)).map(({ times }) => times)).toEqual([300]);
    const varied = Array.from({ length: 60 }, (_, n) => ({ name: `kind ${'x'.repeat(n)}`, data: null }));
    await queue.addBulk(varied);
    const rows = await seen(360);
    expect(rows.length).toBeLessThanOrEqual(22);
    expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(360);
    await delivers(2);
  });

  it('wait in the queue while they can not be recorded', async () => {
    await app.query('alter table banyan.stray_jobs rename to stray_jobs_away');
    await queue.add('patient', null);
    while ((await queue.getDelayedCount()) === 0) await pause(20);
    await app.query('alter table banyan.stray_jobs_away rename to stray_jobs');
    expect((await seen(1)).map(({ name }) => name)).toEqual(['patient']);
  });

  const damages: [string, Record<string, string | Buffer>][] = [
    ['data of bytes', { data: Buffer.from([0xff, 0xfe, 0x7b]), opts: '{}' }],
    ['options that are no JSON', { data: JSON.stringify(OURS), opts: '{not json' }],
    ['options that are nothing', { data: JSON.stringify(OURS), opts: 'null' }],
    [
      'all of it',
      { data: Buffer.from([0xff, 0xfe, 0x7b]), opts: '{not', progress: '}', parent: '{', rjk: 'a:b:c:d:e' },
    ],
  ];
  if (backend === 'redis')
    it.each(damages)('with %s, are handed over, recorded byte by byte, and gone', async (_what, fields) => {
      const key = (part: string) => `banyan:${QUEUE}:${part}`;
      const redis = admin as Redis;
      await redis.hset(key('damaged'), { name: 'damaged', timestamp: '1', ...fields });
      await redis.lpush(key('wait'), 'damaged');
      await redis.zadd(key('marker'), 0, '0');
      const [row] = await seen(1);
      expect(row).toMatchObject({ reason: 'damaged', name: 'damaged', times: 1 });
      expect(row?.content).toEqual(Buffer.from(fields['data'] as string));
      expect(row?.options).toEqual(Buffer.from(fields['opts'] as string));
      expect(await redis.exists(key('damaged'))).toBe(0);
      await delivers(3);
      await app.query('delete from seller.test_notes');
    });
  if (backend === 'redis')
    it('without anything behind their id, or with a text that Postgres does not hold, are recorded too', async () => {
      const redis = admin as Redis;
      await redis.lpush(`banyan:${QUEUE}:wait`, 'a ghost');
      await queue.add('nul', { listener: 'seller.\u0000', partition: 0 });
      const rows = await seen(2);
      expect(rows.map(({ reason, explanation }) => [reason, explanation])).toEqual([
        ['no such listener', 'module seller has no listener "seller.\uFFFD"'],
        ['no wake-up', 'its data names no listener and no lane, as a wake-up does'],
      ]);
      expect(rows.map(({ name }) => name)).toEqual(['nul', '']);
    });
});
