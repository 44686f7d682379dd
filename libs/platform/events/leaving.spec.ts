import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { loadSettings } from '../config/index.js';
import { waitUntil } from '../embedded/wait-until.js';
import { host, type RunningApp } from '../host/index.js';
import type { Unit } from '../work/unit.js';
import { UnitsOfWork } from '../work/units-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens } from './listens.js';

const Sent = event('LeavingSent', {
  from: 'seller',
  schema: z.object({ n: z.number() }),
  key: () => 'one lane',
});

/** What the listener waits for at the first delivery of each process. */
let release: () => void = () => undefined;
let held = Promise.resolve();
let begun: number[] = [];

@Injectable()
class Reader {
  @Listens({ name: 'seller.read', to: Sent, ordered: true })
  async read({ payload }: Heard<{ n: number }>, unit: Unit): Promise<void> {
    begun.push(payload.n);
    await unit.query('insert into seller.read_notes values ($1)', [payload.n]);
    await held;
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Reader] })
class SellerModule {}

describe.each<Backend>(['postgres', 'redis'])('a process that is told to stop, over %s', (backend) => {
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let app: RunningApp | undefined;

  const start = () =>
    host({
      name: 'shop',
      here: [SellerModule],
      settings: loadSettings({
        file: '',
        env: {
          NODE_ENV: 'test',
          PORT: '0',
          DATABASE_URL: database.url,
          DATABASE_POOL: '4',
          CALL_SECRET: 'known to this test only',
          REDIS_URL: redis?.url ?? '',
          LOG_LEVEL: 'silent',
        },
      }),
    });
  const notes = async () =>
    (await database.query<{ n: number }>('select n from seller.read_notes order by n')).map(({ n }) => n);

  beforeAll(async () => {
    database = await testDatabase();
    redis = backend === 'redis' ? await testRedis() : undefined;
    await database.query('create table seller.read_notes (n int)');
    await database.query('grant select, insert on seller.read_notes to banyan_seller');
  });
  afterAll(async () => {
    release();
    await app?.stop();
    await redis?.drop();
    await database.drop();
  });

  it('finishes the delivery in hand, begins no other of its batch, and leaves the rest to whoever comes', async () => {
    begun = [];
    held = new Promise((resolve) => {
      release = resolve;
    });
    app = await start();
    const units = app.get(UnitsOfWork).of('seller');
    await units.run(async (unit) => {
      for (let n = 1; n <= 5; n++) unit.publish(Sent, { n });
    });
    await waitUntil(async () => begun.length > 0, 10_000);
    const stopped = app.stop();
    release();
    await stopped;
    app = undefined;
    expect([begun, await notes()]).toEqual([[1], [1]]);

    app = await start();
    await waitUntil(async () => (await notes()).length === 5, 20_000);
    expect([begun, await notes()]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
  });
});
