import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { type Backend, type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { loadSettings } from '../../config/index.js';
import { host } from '../../host/index.js';
import { UnitsOfWork } from '../../work/units-of-work.js';
import { CustomerModule, Paid, SellerModule } from '../events.sample.js';
import { Missing } from './missing.js';

describe.each<Backend>(['postgres', 'redis'])('over %s', (backend) => {
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    database = await testDatabase();
    redis = backend === 'redis' ? await testRedis() : undefined;
  });
  afterAll(async () => {
    await redis?.drop();
    await database.drop();
  });

  it('a process that was cut off, and lives, has nothing laid at its door', async () => {
    const env = {
      ...{ NODE_ENV: 'test', PORT: '0', DATABASE_URL: database.url, DATABASE_POOL: '8', LOG_LEVEL: 'silent' },
      ...{ CALL_SECRET: 'known to this test only', REDIS_URL: redis?.url ?? '' },
    };
    await database.query('create table seller.test_notes (listener text, n int, who text)');
    await database.query('grant insert, select on seller.test_notes to banyan_seller');
    const start = (name: string) =>
      host({ name, here: [SellerModule, CustomerModule], settings: loadSettings({ file: '', env }) });
    const [one, two] = [await start('one'), await start('two')];
    const publish = (n: number, app = one) =>
      app
        .get(UnitsOfWork)
        .of('customer')
        .run(async (unit) => unit.publish(Paid, { n, who: `k${n}` }));
    const marks = () =>
      database.query<{ instance: string }>(`select distinct instance from banyan.in_work where app = 'one'`);
    while ((await marks()).length === 0) await publish(1);

    // Whoever looks now finds that nobody holds the sign of life of the one, which tries in vain to have it again.
    const [{ instance }] = (await marks()) as [{ instance: string }];
    const witness = new Client({ connectionString: database.url });
    await witness.connect();
    const has = witness.query(`select pg_advisory_lock_shared(hashtext('instance'), hashtext($1))`, [
      instance,
    ]);
    // Only who stands in the queue already has it before the one connects anew.
    const queued = `select from pg_locks where not granted and locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`;
    while ((await database.query(queued)).length === 0) await pause(10);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'one life'`,
    );
    await has;
    for (let n = 2; n < 30; n++) await publish(n, two);
    const left = () => database.query(`select from banyan.deliveries where state = 'pending'`);
    while ((await left()).length > 0) await pause(50);

    expect(await database.query('select * from banyan.attempts')).toEqual([]);
    expect(
      await database.query(`select from banyan.deliveries where state <> 'done' or crashes > 0`),
    ).toEqual([]);
    await witness.end();
    await Promise.all([one.stop(), two.stop()]);
  });
});

it('an instance is missing for long only when it was missed again and again', () => {
  const missing = new Missing(() => false);
  const forLong = (instances: string[], now: number) => missing.note(instances, now).forLong;
  expect(forLong(['a', 'b'], 0)).toEqual([]);
  expect(forLong(['a'], 4_000)).toEqual([]);
  expect(forLong(['a'], 5_000)).toEqual(['a']);
  expect(forLong(['b'], 16_000)).toEqual([]);
  expect(forLong(['a', 'b'], 22_000)).toEqual(['b']);
});

it('an instance whose process is seen to be gone is known to be, once somebody has had time to say how', () => {
  const missing = new Missing((instance) => instance === 'a');
  expect(missing.note(['a', 'b'], 0)).toEqual({ forLong: [], gone: [], soonMs: 500 });
  expect(missing.note(['a', 'b'], 1_000)).toEqual({ forLong: [], gone: ['a'], soonMs: 0 });
});
