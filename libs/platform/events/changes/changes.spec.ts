import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module, type Type } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type Backend, type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { loadSettings, type Settings } from '../../config/index.js';
import { conservation } from '../../conservation/index.js';
import { host, type RunningApp } from '../../host/index.js';
import { ListenerRefused, rename, retire, viewListeners } from '../../listeners/index.js';
import type { Unit } from '../../work/unit.js';
import { UnitsOfWork } from '../../work/units-of-work.js';
import { WorkModule } from '../../work/work.module.js';
import { event } from '../event.js';
import { type Heard, type ListenOptions, Listens } from '../listens.js';
import { registerListeners } from '../sql/register-listeners.js';
import { carryOn } from './carry-on.js';

const Moved = event('TestMoved', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string() }),
  key: ({ who }) => who,
});
const Stayed = event('TestStayed', { from: 'customer', schema: z.object({ n: z.number() }) });

/** Rows without a unique key, so that a double shows. */
const NOTE = 'insert into seller.change_notes (listener, n, who) values ($1, $2, $3)';

@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

/** A version of the code of module "seller", with these listeners. */
function seller(...versions: Omit<ListenOptions<typeof Moved>, 'to'>[]): Type {
  const providers = versions.map((options) => {
    @Injectable()
    class Notes {
      @Listens({ ...options, to: Moved })
      async note({ payload }: Heard<{ n: number; who: string }>, unit: Unit): Promise<void> {
        await unit.query('select pg_sleep(0.001)');
        await unit.query(NOTE, [options.name, payload.n, payload.who]);
      }
    }
    return Notes;
  });
  @Module({ imports: [WorkModule.as('seller')], providers })
  class SellerModule {}
  return SellerModule;
}

describe.each<Backend>(['postgres', 'redis'])('a listener that changes, over %s', (backend) => {
  // What such a one is about is rows alone: nobody is woken while it changes, so the engine of wake-ups has no part in it.
  const inPostgres = backend === 'postgres' ? it : () => undefined;
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let settings: Settings;
  let client: Client;
  let published = 0;
  const running = new Set<RunningApp>();

  beforeEach(async () => {
    database = await testDatabase();
    redis = backend === 'redis' ? await testRedis() : undefined;
    settings = loadSettings({
      file: '',
      env: {
        NODE_ENV: 'test',
        PORT: '0',
        DATABASE_URL: database.url,
        DATABASE_POOL: '8',
        CALL_SECRET: 'known to this test only',
        REDIS_URL: redis?.url ?? '',
        TELEMETRY_STORE: 'false',
        LOG_LEVEL: 'silent',
      },
    });
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      'create table seller.change_notes (id bigint generated always as identity, listener text, n int, who text)',
    );
    await client.query('grant insert, select on seller.change_notes to banyan_seller');
    published = 0;
  });
  afterEach(async () => {
    await Promise.all([...running].map((app) => app.stop()));
    running.clear();
    await client.end();
    await redis?.drop();
    await database.drop();
  });

  /** Starts an instance of the application with a version of module "seller". */
  async function deploy(version: Type): Promise<RunningApp> {
    const app = await host({ name: 'shop', here: [version, CustomerModule], settings });
    running.add(app);
    return app;
  }
  async function takeDown(app: RunningApp): Promise<void> {
    running.delete(app);
    await app.stop();
  }
  async function publish(app: RunningApp, count: number): Promise<void> {
    const work = app.get(UnitsOfWork).of('customer');
    for (let i = 0; i < count; i++) {
      const n = published++;
      await work.run(async (unit) => unit.publish(Moved, { n, who: `k${n % 5}` }));
    }
  }
  const rows = async <T>(sql: string, parameters: unknown[] = []) =>
    (await client.query(sql, parameters)).rows as T[];
  const notes = () =>
    rows<{ listener: string; n: number; who: string }>('select * from seller.change_notes order by id');
  const changing = async () => (await rows('select from banyan.listener_changes')).length > 0;
  const changed = async () => {
    while (await changing()) await pause(20);
  };
  const settled = async () => {
    const waiting = `select from banyan.deliveries where state = 'pending' and waits_for is null limit 1`;
    while ((await changing()) || (await rows(waiting)).length > 0) await pause(20);
  };
  /** Each event had one effect, under whichever name, and each key its order. */
  async function expectOnceAndInOrder(from = 0): Promise<void> {
    const all = await notes();
    expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: published - from }, (_, n) => from + n),
    );
    for (let k = 0; k < 5; k++) {
      const of = all.filter(({ who }) => who === `k${k}`).map(({ n }) => n);
      expect(of).toEqual([...of].sort((a, b) => a - b));
    }
  }
  const owed = () =>
    client.query(
      `update banyan.subscriptions set since = since - interval '1 minute' where since > '-infinity'`,
    );

  it('gets other lanes while deliveries wait: they follow, each key in its order', async () => {
    const one = await deploy(seller({ name: 'seller.note', ordered: true, pace: { lanes: 2 } }));
    await client.query('update banyan.listeners set paused_at = clock_timestamp()');
    await publish(one, 100);
    const publishing = publish(one, 100);
    const two = await deploy(seller({ name: 'seller.note', ordered: true, pace: { lanes: 7, batch: 10 } }));
    await publishing;
    await client.query('update banyan.listeners set paused_at = null');
    await publish(two, 50);
    await settled();
    await expectOnceAndInOrder();
    expect(await viewListeners(client)).toMatchObject([{ lanes: 7, batch: 10, horizon: null, changes: [] }]);
    expect(await rows('select action from banyan.listener_actions')).toEqual([{ action: 'lanes' }]);
  });

  inPostgres(
    'begins to be ordered while deliveries wait: those of a key stand in one lane from then on',
    async () => {
      const one = await deploy(seller({ name: 'seller.note' }));
      await client.query('update banyan.listeners set paused_at = clock_timestamp()');
      await publish(one, 60);
      await takeDown(one);
      await deploy(seller({ name: 'seller.note', ordered: true }));
      await changed();
      const lanes = await rows<{ lanes: string }>(
        'select count(distinct partition) as lanes from banyan.deliveries group by key',
      );
      expect(lanes).toEqual(Array.from({ length: 5 }, () => ({ lanes: '1' })));
      await client.query('update banyan.listeners set paused_at = null');
      await settled();
      await expectOnceAndInOrder();
    },
  );

  it('is renamed while both names run: nothing is heard twice or lost, each key in its order, and back again', async () => {
    const old = await deploy(seller({ name: 'seller.old', ordered: true }));
    await publish(old, 60);
    const publishing = publish(old, 150);
    const fresh = await deploy(seller({ name: 'seller.new', was: 'seller.old', ordered: true }));
    await publishing;
    await publish(fresh, 30);
    await settled();
    await expectOnceAndInOrder();
    expect((await notes()).at(-1)?.listener).toBe('seller.new');

    // An instance of the old code that starts again takes nothing, and nothing is told to it.
    await takeDown(old);
    const again = await deploy(seller({ name: 'seller.old', ordered: true }));
    await publish(again, 20);
    await settled();
    await expectOnceAndInOrder();
    expect((await notes()).at(-1)?.listener).toBe('seller.new');

    // The new code is taken back.
    await takeDown(fresh);
    await publish(again, 20);
    await rename(client, 'seller.new', 'seller.old', { who: 'ada', why: 'the new one was worse' });
    await settled();
    await expectOnceAndInOrder();
    expect((await notes()).at(-1)?.listener).toBe('seller.old');
    expect(
      await rows<{ who: string }>(
        `select who from banyan.listener_actions where why = 'the new one was worse'`,
      ),
    ).toEqual([{ who: 'ada' }]);
  });

  inPostgres('takes over what is dead, with its attempts, and what waits behind it', async () => {
    const old = await deploy(seller({ name: 'seller.old', ordered: true }));
    await publish(old, 5);
    await settled();
    await client.query(
      `update banyan.deliveries set state = 'dead', attempts = 1 where event_id = (select min(event_id) from banyan.deliveries)`,
    );
    await client.query(`insert into banyan.attempts (listener, event_id, attempt, kind, error_class, message, app, instance, traceparent)
      select listener, event_id, 1, 'bug', 'Bug', 'm', 'a', 'i', '' from banyan.deliveries where state = 'dead'`);
    await takeDown(old);
    await deploy(seller({ name: 'seller.new', was: 'seller.old', ordered: true }));
    await changed();
    expect(
      await rows(`select d.listener, a.attempt from banyan.deliveries d join banyan.attempts a using (listener, event_id)
      where d.state = 'dead'`),
    ).toEqual([{ listener: 'seller.new', attempt: 1 }]);
    expect(await rows(`select distinct listener from banyan.deliveries where state = 'done'`)).toEqual([
      { listener: 'seller.old' },
    ]);
  });

  it('that comes late is given what was published before, once, each key behind what came before it', async () => {
    const before = await deploy(seller());
    await publish(before, 100);
    const publishing = publish(before, 100);
    await deploy(seller({ name: 'seller.late', from: 'beginning', ordered: true }));
    await publishing;
    await settled();
    await expectOnceAndInOrder();
    const { gaps, balances } = await conservation(client);
    expect(gaps).toEqual([]);
    expect(balances).toMatchObject([{ listener: 'seller.late', published: 200, done: 200, missing: 0 }]);
  });

  it('that comes late is given what lies below the floor of the work, at once and before what came since', async () => {
    const before = await deploy(seller());
    const hears = await deploy(seller({ name: 'seller.early' })); // so that this process has a floor in mind
    await publish(before, 100);
    await settled();
    await client.query('delete from seller.change_notes');
    await client.query('select banyan.end_slice()');
    await client.query(
      `update banyan.slices set passed_at = clock_timestamp() - interval '2 minutes' where low = 0`,
    );
    await client.query('update banyan.work_floor set low = 1000000');
    await publish(before, 20);
    await settled();
    await client.query('delete from seller.change_notes');
    expect(await rows('select low::int from banyan.work_floor')).toEqual([{ low: 1_000_000 }]);
    const publishing = publish(before, 50);
    await deploy(seller({ name: 'seller.early' }, { name: 'seller.late', from: 'beginning', ordered: true }));
    await takeDown(hears);
    await publishing;
    await settled();
    await client.query(`delete from seller.change_notes where listener = 'seller.early'`);
    await expectOnceAndInOrder();
  });

  it('that comes late is given what occurred from a moment on, and a rename does not give it again what it has heard', async () => {
    const before = await deploy(seller());
    await publish(before, 10);
    // A Date has milliseconds only: rounded up, and over before the next event.
    const [{ now }] = (await rows<{ now: Date }>(
      `select date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' as now, pg_sleep(0.002)`,
    )) as [{ now: Date }];
    await publish(before, 10);
    await takeDown(before);
    const late = await deploy(seller({ name: 'seller.late', from: now, ordered: true }));
    await settled();
    await expectOnceAndInOrder(10);
    await takeDown(late);
    await deploy(seller({ name: 'seller.later', was: 'seller.late', from: 'beginning', ordered: true }));
    await settled();
    await expectOnceAndInOrder(10);
  });

  inPostgres('goes on with a backfill where whoever began it has died', async () => {
    const app = await deploy(seller());
    await client.query(
      `insert into banyan.events (type, version, module, key, payload, traceparent)
       select 'TestMoved', 1, 'customer', 'k' || n % 5, json_build_object('n', n, 'who', 'k' || n % 5), '' from generate_series(0, 24999) n`,
    );
    await takeDown(app);
    const source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    const listener = {
      name: 'seller.late',
      module: 'seller',
      style: 'inside',
      partitions: 4,
      batch: 100,
      types: [Moved],
    };
    const options = { name: 'seller.late', to: Moved, from: 'beginning', ordered: true };
    const declared = [{ ...listener, options } as never];
    await registerListeners(source, declared, 'the first');
    expect(await carryOn(source, declared[0] as never, 'the first')).toBe('more'); // notes who writes
    expect(await carryOn(source, declared[0] as never, 'the first')).toBe('more'); // the first 10,000
    await source.destroy();
    const [given] = await rows<{ count: number; top: string; horizon: string }>(
      `select count(*)::int, max(event_id) as top, (select horizon from banyan.listeners) as horizon from banyan.deliveries`,
    );
    expect(given?.count).toBe(10_000);
    expect(Number(given?.horizon)).toBe(Number(given?.top) + 1);
    await client.query('update banyan.listeners set paused_at = clock_timestamp()'); // what it does is seen elsewhere
    await deploy(seller({ name: 'seller.late', from: 'beginning', ordered: true }));
    await changed();
    expect(
      await rows('select count(*)::int, count(distinct event_id)::int as ids from banyan.deliveries'),
    ).toEqual([{ count: 25_000, ids: 25_000 }]);
  });

  inPostgres(
    'that is gone is shown as an orphan, and retired: what waited is discarded with who and why',
    async () => {
      const one = await deploy(seller({ name: 'seller.kept' }, { name: 'seller.gone', ordered: true }));
      await publish(one, 5);
      await settled();
      const actor = { who: 'ada', why: 'nobody needs it' };
      await expect(retire(client, 'seller.gone', actor)).rejects.toThrow(
        /A running app declares seller.gone/,
      );
      await takeDown(one);
      await expect(retire(client, 'seller.gone', actor)).rejects.toThrow(/No app runs/);
      const two = await deploy(seller({ name: 'seller.kept' }));
      await publish(two, 5);
      while (
        (await rows(`select from banyan.deliveries where listener = 'seller.kept' and state = 'done'`))
          .length < 10
      )
        await pause(20);
      expect(await viewListeners(client, { listener: 'seller.gone' })).toMatchObject([
        { orphaned: true, pending: 5 },
      ]);

      expect(await retire(client, 'seller.gone', actor)).toBe(5);
      await publish(two, 5);
      await settled();
      expect(await viewListeners(client, { listener: 'seller.gone' })).toMatchObject([
        { orphaned: false, pending: 0, hears: [], retiredAt: expect.any(Date) },
      ]);
      expect(
        await rows(
          `select state, reason, count(*)::int from banyan.deliveries where listener = 'seller.gone' group by 1, 2 order by 1`,
        ),
      ).toEqual([
        { state: 'discarded', reason: 'ada: nobody needs it', count: 5 },
        { state: 'done', reason: null, count: 5 },
      ]);
      expect(
        await rows(
          `select state_before, count(*)::int from banyan.dead_letter_actions where who = 'ada' group by 1`,
        ),
      ).toEqual([{ state_before: 'pending', count: 5 }]);
      await owed();
      expect((await conservation(client)).gaps).toEqual([]);
      await expect(retire(client, 'seller.nobody', actor)).rejects.toThrow(ListenerRefused);

      await takeDown(two);
      const three = await deploy(seller({ name: 'seller.kept' }, { name: 'seller.gone', ordered: true }));
      await publish(three, 3);
      await settled();
      expect((await notes()).filter(({ listener }) => listener === 'seller.gone')).toHaveLength(8);
    },
  );

  inPostgres('is told no more of one event that its code does not hear any more', async () => {
    const app = await deploy(seller({ name: 'seller.note' }));
    await client.query(
      `insert into banyan.subscriptions (type, listener) values ('TestStayed', 'seller.note')`,
    );
    await app
      .get(UnitsOfWork)
      .of('customer')
      .run(async (unit) => unit.publish(Stayed, { n: 1 }));
    await publish(app, 1);
    const actor = { who: 'ada', why: 'not heard any more' };
    await expect(retire(client, 'seller.note', actor, 'TestMoved')).rejects.toThrow(
      /declares seller.note for TestMoved/,
    );
    expect(await retire(client, 'seller.note', actor, 'TestStayed')).toBe(1);
    await publish(app, 1);
    await settled();
    expect(await notes()).toHaveLength(2);
    expect(await viewListeners(client)).toMatchObject([{ hears: ['TestMoved'], retiredAt: null }]);
  });
});
