import { setTimeout as pauseFor } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import fc from 'fast-check';
import { Client } from 'pg';
import { z } from 'zod';
import { type Backend, type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { loadSettings, type Settings } from '../config/index.js';
import { listDead, replay } from '../dead-letters/index.js';
import { host, type RunningApp } from '../host/index.js';
import { pause, resume } from '../listeners/index.js';
import { moveModule } from '../placement/move.js';
import type { Unit } from '../work/unit.js';
import { UnitsOfWork } from '../work/units-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensInBatches } from './listens.js';

const KEYS = ['ada', 'bob', 'eve'] as const;
const MOODS = ['fine', 'fine', 'fine', 'fine', 'fine', 'fails once', 'fails twice', 'is broken'] as const;
const Told = event('TestTold', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string(), mood: z.string() }),
  key: ({ who }) => who,
});
type ToldHeard = Heard<{ n: number; who: string; mood: string }>;
const NOTE = 'insert into seller.order_notes (listener, n, who) values ($1, $2, $3)';

@Injectable()
class Notes {
  /** Whether what is broken is mended by now. */
  static mended = false;

  @Listens({ name: 'seller.one-by-one', to: Told, ordered: true, pace: { batch: 7 } })
  async one(heard: ToldHeard, unit: Unit): Promise<void> {
    await note('one-by-one', heard, unit);
  }

  @ListensInBatches({ name: 'seller.together', to: Told, ordered: true, pace: { batch: 7, lanes: 2 } })
  async all(heard: readonly ToldHeard[], unit: Unit): Promise<void> {
    for (const each of heard) await note('together', each, unit);
  }
}

async function note(listener: string, { payload, attempt }: ToldHeard, unit: Unit): Promise<void> {
  await unit.query(NOTE, [listener, payload.n, payload.who]);
  if (payload.mood === 'fails once' && attempt < 2) throw new Error('not yet');
  if (payload.mood === 'fails twice' && attempt < 3) throw new Error('not yet');
  if (payload.mood === 'is broken' && !Notes.mended) throw new TypeError('broken');
}

@Module({ imports: [WorkModule.as('seller')], providers: [Notes] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

/** What happens to the system, one after the other, while it delivers. */
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('publish' as const),
      events: fc.array(fc.record({ who: fc.constantFrom(...KEYS), mood: fc.constantFrom(...MOODS) }), {
        minLength: 1,
        maxLength: 8,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('replay' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('pause' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('move' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 300 }) }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

describe.each<Backend>(['postgres', 'redis'])('the order of a key over %s', (backend) => {
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let client: Client;
  let apps: RunningApp[] = [];
  let published: number;
  let paused: boolean;

  beforeAll(async () => {
    database = await testDatabase();
    redis = backend === 'redis' ? await testRedis() : undefined;
    const settings: Settings = loadSettings({
      file: '',
      env: {
        ...{
          NODE_ENV: 'test',
          PORT: '0',
          DATABASE_URL: database.url,
          DATABASE_POOL: '8',
          LOG_LEVEL: 'silent',
        },
        ...{ CALL_SECRET: 'known to this test only', REDIS_URL: redis?.url ?? '' },
      },
    });
    apps = [
      await host({ name: 'shop', here: [CustomerModule, SellerModule], settings }),
      await host({ name: 'seller', here: [SellerModule], settings }),
    ];
    for (const app of apps) await app.knows(2);
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      'create table seller.order_notes (id bigint generated always as identity, listener text, n int, who text)',
    );
    await client.query('grant insert on seller.order_notes to banyan_seller');
  });
  beforeEach(async () => {
    published = 0;
    paused = false;
    Notes.mended = false;
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await client?.end();
    await redis?.drop();
    await database.drop();
  });

  const actor = { who: 'the test', why: 'to see what comes of it' };
  const work = () => (apps[0] as RunningApp).get(UnitsOfWork).of('customer');
  const rows = async <T>(sql: string) => (await client.query(sql)).rows as T[];
  let moves = 0;

  /** @returns once it has happened; deliveries go on all the while */
  async function happen(it: Happening): Promise<void> {
    switch (it.what) {
      case 'publish':
        for (const { who, mood } of it.events) {
          const n = published++;
          await insist(() => work().run(async (unit) => unit.publish(Told, { n, who, mood })));
        }
        return;
      case 'cut':
        await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name in ('shop', 'seller')`);
        return;
      case 'replay':
        await replay(client, await listDead(client), actor);
        return;
      case 'pause':
        await (paused ? resume : pause)(client, 'seller.one-by-one', actor);
        paused = !paused;
        return;
      case 'move': {
        const to = moves++ % 2 === 0 ? 'apart' : 'together';
        const within = { gone: 100 }; // nobody keeps processes here
        await moveModule(client, {
          module: 'seller',
          to,
          who: 'the test',
          why: '',
          say: () => undefined,
          within,
        });
        return;
      }
      case 'wait':
        await pauseFor(it.ms);
    }
  }

  /** A commit whose answer got lost may have happened: then what is published twice would be the test's doing. */
  async function insist(publish: () => Promise<void>): Promise<void> {
    const before = await count();
    for (;;) {
      try {
        return await publish();
      } catch {
        if ((await count()) > before) return;
      }
    }
  }
  const count = async () =>
    Number((await rows<{ count: string }>('select count(*) from banyan.events'))[0]?.count);

  async function settle(): Promise<void> {
    if (paused) await happen({ what: 'pause' });
    Notes.mended = true;
    for (;;) {
      await happen({ what: 'replay' });
      const left = await rows(`select from banyan.deliveries where state in ('pending', 'dead') limit 1`);
      if (left.length === 0) return;
      await pauseFor(50);
    }
  }

  it('holds, and each event has one effect, whatever happens: failures, deaths, replays, pauses, lost connections, moves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 16 }), async (story) => {
        published = 0;
        Notes.mended = false;
        await client.query('truncate seller.order_notes');
        for (const each of story) await happen(each);
        await settle();
        for (const listener of ['one-by-one', 'together']) {
          const notes = await rows<{ n: number; who: string }>(
            `select n, who from seller.order_notes where listener = '${listener}' order by id`,
          );
          expect(notes.map(({ n }) => n).sort((a, b) => a - b)).toEqual(
            Array.from({ length: published }, (_, n) => n),
          );
          for (const key of KEYS) {
            const of = notes.filter(({ who }) => who === key).map(({ n }) => n);
            expect(of).toEqual([...of].sort((a, b) => a - b));
          }
        }
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });
});
