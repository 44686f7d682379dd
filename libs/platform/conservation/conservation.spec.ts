import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { event } from '../events/event.js';
import { type Heard, Listens } from '../events/listens.js';
import type { Unit } from '../work/unit.js';
import { UnitsOfWork } from '../work/units-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { conservation, eventStory } from './index.js';

const Sown = event('ConservationSown', {
  from: 'customer',
  schema: z.object({ n: z.number(), token: z.string().optional() }),
  key: ({ n }) => `bed ${n}`,
});
const Grown = event('ConservationGrown', { from: 'seller', schema: z.object({ n: z.number() }) });
const Unheard = event('ConservationUnheard', { from: 'seller', schema: z.object({}) });

@Injectable()
class Garden {
  @Listens({
    name: 'seller.grow',
    to: Sown,
    ordered: true,
    skip: ({ payload }) => (payload.n < 0 ? 'nothing sown' : undefined),
  })
  async grow({ payload }: Heard<{ n: number }>, unit: Unit): Promise<void> {
    if (payload.n === 13) throw new TypeError('a bug in the bed');
    unit.publish(Grown, { n: payload.n });
    unit.publish(Unheard, {});
  }

  @Listens({ name: 'seller.watch', to: Sown })
  async watch(_: Heard<{ n: number }>): Promise<void> {}

  @Listens({ name: 'seller.admire', to: Grown })
  async admire(_: Heard<{ n: number }>): Promise<void> {}
}

@Module({ imports: [WorkModule.as('seller')], providers: [Garden] })
class SellerModule {}

@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('conservation over %s', (backend) => {
  let app: RunningModules;
  let client: Client;
  const balance = async (listener: string) =>
    (await conservation(client)).balances.find((each) => each.listener === listener);

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    // As if the app had started long ago: what is published in its first seconds is owed to nobody for certain.
    await app.query(`update banyan.subscriptions set since = since - interval '1 minute'`);
    client = new Client({ connectionString: app.database.url });
    await client.connect();
  });
  beforeEach(() => app.query('truncate banyan.events, banyan.deliveries, banyan.attempts'));
  afterAll(async () => {
    await client?.end();
    await app?.stop();
  });

  async function publish(...numbers: number[]): Promise<string[]> {
    const ids: string[] = [];
    for (const n of numbers) ids.push(await app.publish(Sown, { n }));
    await app.drain({ dead: 'allowed' });
    return ids;
  }

  it('balances per type and listener: published is the sum of all states', async () => {
    const [, dead] = await publish(1, 13, 13, -1, 2);
    await app.query(
      `update banyan.deliveries set state = 'discarded' where listener = 'seller.grow' and event_id = $1`,
      [dead],
    );
    await app.drain({ dead: 'allowed' });
    const { balances, unheard, gaps, appsRun } = await conservation(client);
    const none = { pending: 0, dead: 0, resolved: 0, discarded: 0, skipped: 0, missing: 0 };
    expect(balances).toEqual([
      { ...none, type: 'ConservationGrown', listener: 'seller.admire', published: 2, done: 2 },
      {
        ...none,
        type: 'ConservationSown',
        listener: 'seller.grow',
        published: 5,
        done: 2,
        skipped: 1,
        dead: 1,
        discarded: 1,
      },
      { ...none, type: 'ConservationSown', listener: 'seller.watch', published: 5, done: 5 },
    ]);
    expect({ unheard, gaps, appsRun }).toEqual({
      unheard: [{ type: 'ConservationUnheard', published: 2 }],
      gaps: [],
      appsRun: true,
    });
  });

  it('balances at every moment while events are published and delivered', async () => {
    const units = app.get(UnitsOfWork).of('customer');
    let publishing = true;
    const work = (async () => {
      for (let n = 100; n < 160; n++) await units.run(async (unit) => unit.publish(Sown, { n }));
      publishing = false;
    })();
    let looks = 0;
    while (publishing) {
      const { balances, gaps } = await conservation(client);
      expect(gaps).toEqual([]);
      for (const { published, missing, type: _, listener: __, ...states } of balances)
        expect(published).toBe(missing + Object.values(states).reduce((sum, each) => sum + each, 0));
      looks++;
    }
    await work;
    await app.drain();
    expect(looks).toBeGreaterThan(3);
    expect(await balance('seller.admire')).toMatchObject({ published: 60, done: 60 });
  });

  it('names the events that a listener is owed and has no delivery of', async () => {
    const ids = await publish(1, 2, 3, 4);
    const lost = [ids[1], ids[3]];
    await app.query(`delete from banyan.deliveries where listener = 'seller.watch' and event_id = any($1)`, [
      lost,
    ]);
    expect((await conservation(client)).gaps).toEqual([
      { kind: 'no delivery', type: 'ConservationSown', listener: 'seller.watch', count: 2, ids: lost },
    ]);
    expect(await balance('seller.watch')).toMatchObject({ published: 4, done: 2, missing: 2 });
    expect((await conservation(client, { after: ids[1] as string })).gaps).toMatchObject([
      { count: 1, ids: [ids[3]] },
    ]);
    expect((await conservation(client, { after: ids[3] as string })).gaps).toEqual([]);
  });

  it('names them also when the listener has none at all of that type', async () => {
    const [id] = await publish(1);
    await app.query(`delete from banyan.deliveries where listener = 'seller.watch'`);
    expect((await conservation(client)).gaps).toMatchObject([
      { kind: 'no delivery', listener: 'seller.watch', ids: [id] },
    ]);
    expect(await balance('seller.watch')).toMatchObject({ published: 1, done: 0, missing: 1 });
  });

  it('owes a listener nothing from before it listened to the type, and of types that it does not hear any more', async () => {
    const [id] = await publish(1);
    await app.query(`delete from banyan.deliveries where listener = 'seller.watch'`);
    await app.query(
      `update banyan.events set occurred_at = occurred_at - interval '2 minutes' where id = $1`,
      [id],
    );
    expect((await conservation(client)).gaps).toEqual([]);
    await app.query(
      `insert into banyan.deliveries (listener, event_id, partition, state) values ('seller.watch', $1, 0, 'done')`,
      [id],
    );
    expect(await balance('seller.watch')).toMatchObject({ published: 1, done: 1 });
  });

  it('names deliveries whose event is gone', async () => {
    const [id] = await publish(1);
    await app.query('delete from banyan.events where id = $1', [id]);
    expect((await conservation(client)).gaps).toEqual(
      ['seller.grow', 'seller.watch'].map((listener) => ({
        kind: 'no event',
        type: null,
        listener,
        count: 1,
        ids: [id],
      })),
    );
  });

  it('names what waits for a listener that no running app declares, and does not accuse while none runs', async () => {
    await app.query(
      `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.removed', 'seller', false, 4)`,
    );
    await app.query(
      `insert into banyan.subscriptions (type, listener) values ('ConservationSown', 'seller.removed')`,
    );
    const id = await app.publish(Sown, { n: 1 });
    const orphan = {
      kind: 'no listener',
      type: 'ConservationSown',
      listener: 'seller.removed',
      count: 1,
      ids: [id],
    };
    const found = async () =>
      (await conservation(client)).gaps.filter(({ listener }) => listener === 'seller.removed');
    expect(await found()).toEqual([orphan]);
    await nothingElseWaits();
    // In a transaction that is rolled back, since the app renews its row.
    await client.query('begin');
    try {
      await client.query('delete from banyan.instances');
      const { gaps, appsRun } = await conservation({ query: inside });
      expect({ gaps, appsRun }).toEqual({ gaps: [], appsRun: false });
      await client.query(`delete from banyan.subscriptions where listener = 'seller.removed'`);
      await client.query(`delete from banyan.listeners where name = 'seller.removed'`);
      expect((await conservation({ query: inside })).gaps).toEqual([orphan]);
    } finally {
      await client.query('rollback');
    }
    await app.query(`delete from banyan.subscriptions where listener = 'seller.removed'`);
    await app.query(`delete from banyan.listeners where name = 'seller.removed'`);
  });

  /** What follows looks with several statements, each at a moment of its own: nothing may move meanwhile. */
  async function nothingElseWaits(): Promise<void> {
    const waiting = `select from banyan.deliveries where state = 'pending' and listener <> 'seller.removed'`;
    while ((await app.query(waiting)).length > 0) await pause(15);
  }

  /** The transaction is open already. */
  function inside(sql: string, parameters: unknown[]): Promise<{ rows: unknown[] }> {
    return /^(begin|rollback)/.test(sql) ? Promise.resolve({ rows: [] }) : client.query(sql, parameters);
  }

  describe('the story of an event', () => {
    it('tells its deliveries and what it caused, and hides secrets', async () => {
      const id = await app.publish(Sown, { n: 5, token: 'hunter2' });
      await app.drain();
      const story = await eventStory(client, id);
      expect(story).toMatchObject({
        id,
        type: 'ConservationSown',
        module: 'customer',
        key: 'bed 5',
        conversation: id,
        causation: null,
        payload: { n: 5, token: '[hidden]' },
        deliveries: [
          { listener: 'seller.grow', state: 'done', attempts: 0 },
          { listener: 'seller.watch', state: 'done' },
        ],
        caused: [
          {
            type: 'ConservationGrown',
            module: 'seller',
            deliveries: [{ listener: 'seller.admire', state: 'done' }],
            caused: [],
          },
          { type: 'ConservationUnheard', deliveries: [], caused: [] },
        ],
      });
      const [grown] = story?.caused ?? [];
      expect(await eventStory(client, grown?.id as string)).toMatchObject({
        conversation: id,
        causation: id,
        hops: 1,
        traceId: story?.traceId,
        caused: [],
      });
    });

    it('is none for an event that never was', async () => {
      expect(await eventStory(client, '999999999')).toBeUndefined();
    });
  });
});
