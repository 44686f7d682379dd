import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { conservation } from '../conservation/index.js';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { Keeper } from './keeper.js';
import { type Limits, planFor } from './plan.js';
import { readSlices, type Slice, whereabouts } from './slices.js';

const MINUTE = 60_000;
const LIMITS: Limits = {
  keepMs: 60 * MINUTE,
  keepBytes: 2 ** 40,
  windowMs: 10 * MINUTE,
  settleMs: 0,
  auditMs: 2 ** 40,
};

const said: string[] = [];
const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) };

let database: TestDatabase;
let client: Client;
beforeEach(async () => {
  said.length = 0;
  database = await testDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `insert into banyan.listeners (name, module, ordered, partitions) values ('stock.a', 'stock', true, 4)`,
  );
  await client.query(
    `insert into banyan.subscriptions (type, listener, since) values ('T', 'stock.a', now() - interval '1 day')`,
  );
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const keeper = (limits: Partial<Limits> = {}) =>
  new Keeper(database.url, 'spec', { ...LIMITS, ...limits }, log as unknown as PlatformLog);

/** Publishes events that occurred so many minutes ago, each with a delivery in a state. @returns the ids */
async function publish(count: number, minutesAgo = 0, state = 'done', bytes = 10): Promise<string[]> {
  const { rows } = await client.query(
    `with e as (insert into banyan.events (type, version, module, key, payload, traceparent, occurred_at)
       select 'T', 1, 'cart', 'k', json_build_object('x', (select string_agg(md5(m::text || random()), '') from generate_series(1, $4 / 32) m where n > 0)), '', now() - $2 * interval '1 minute' from generate_series(1, $1) n returning id),
     d as (insert into banyan.deliveries (listener, event_id, partition, key, state, attempts) select 'stock.a', id, 0, 'k', $3, 1 from e)
     select id::text from e`,
    [count, minutesAgo, state, bytes],
  );
  return rows.map(({ id }) => id);
}

async function endSlice(): Promise<void> {
  await client.query('select banyan.end_slice()');
  await keeper({ keepMs: 2 ** 40 }).round();
}

const balance = async () => (await conservation(client)).balances[0];

describe('slices', () => {
  it('are made ahead while a publisher is in the middle of its transaction, and none waits', async () => {
    const publisher = new Client({ connectionString: database.url });
    await publisher.connect();
    await publisher.query('begin');
    await publisher.query(
      `insert into banyan.events (type, version, module, payload, traceparent) values ('T', 1, 'cart', '{}', '')`,
    );
    await client.query(`set lock_timeout = '1s'`);
    expect((await client.query('select banyan.make_slices(4) as made')).rows).toEqual([{ made: 2 }]);
    await publisher.query(
      `insert into banyan.events (type, version, module, payload, traceparent) values ('T', 1, 'cart', '{}', '')`,
    );
    await publisher.query('commit');
    await publisher.end();
    expect(await readSlices(client)).toHaveLength(5);
  });

  it('are ended by their age or size, and numbers rise', async () => {
    const [before] = await publish(1, 9);
    await keeper().round();
    const [after] = await publish(1);
    expect([before, after]).toEqual(['1', '1000000']);
    expect((await readSlices(client)).map(({ open }) => open)).toEqual([false, true, false, false]);
  });

  it('keep the floor of the work at the oldest that has something pending or dead', async () => {
    await publish(1, 0, 'dead');
    await endSlice();
    await client.query(`update banyan.slices set passed_at = passed_at - interval '2 minutes'`);
    const floor = async () => (await client.query('select low from banyan.work_floor')).rows[0].low;
    await keeper().round();
    expect(await floor()).toBe('0');
    await client.query(`update banyan.deliveries set state = 'discarded'`);
    await keeper().round();
    expect(await floor()).toBe('1000000');
    await client.query('select banyan.look_down_to(1)');
    expect(await floor()).toBe('1');
  });
});

describe('what is past its time', () => {
  it('is dropped, and everything still adds up', async () => {
    const [id] = await publish(5, 90);
    await publish(3, 90, 'discarded');
    await endSlice();
    await publish(2);
    const before = await balance();
    await keeper().round();
    expect((await readSlices(client)).map(({ low }) => low)).toEqual(['1000000', '2000000', '3000000']);
    expect((await client.query('select count(*)::int as left from banyan.events')).rows).toEqual([
      { left: 2 },
    ]);
    expect(await balance()).toEqual(before);
    expect(before).toMatchObject({ published: 10, done: 7, discarded: 3 });
    expect((await conservation(client)).gaps).toEqual([]);
    expect([await whereabouts(client, id as string), await whereabouts(client, '1000000')]).toEqual([
      'dropped',
      'kept',
    ]);
    expect(await whereabouts(client, '1000500')).toBe('never');
    expect(
      (
        await client.query(
          `select count(*)::int as n from pg_class where relname like '%\\_0' and relnamespace = 'banyan'::regnamespace`,
        )
      ).rows[0].n,
    ).toBe(0);
  });

  it.each(['pending', 'dead'])(
    'is kept while a delivery in it is %s, and goes when it is settled',
    async (state) => {
      await publish(1, 90, state);
      await endSlice();
      await keeper().round();
      expect(await readSlices(client)).toHaveLength(4);
      expect(said.join()).toContain(
        state === 'dead' ? 'dead letters are in it' : 'deliveries in it are pending',
      );
      await client.query(`update banyan.deliveries set state = 'done'`);
      await keeper().round();
      expect((await readSlices(client))[0]?.low).toBe('1000000');
    },
  );

  it('is kept as the evidence while a delivery in it is missing', async () => {
    const [id] = await publish(2, 90);
    await client.query('delete from banyan.deliveries where event_id = $1', [id]);
    await endSlice();
    await keeper().round();
    expect(said.join()).toContain('stock.a lacks deliveries of T');
    expect((await conservation(client)).gaps).toMatchObject([{ kind: 'no delivery', ids: [id] }]);
  });

  it('comes back whole when something pending is written to it at the last moment', async () => {
    await publish(1, 90);
    await endSlice();
    await client.query(`update banyan.slices set leaving_at = now() where low = 0`); // as summed up, before the late writer
    await publish(1);
    await client.query(
      `insert into banyan.events (id, type, version, module, payload, traceparent) overriding system value values (7, 'T', 1, 'cart', '{}', '')`,
    );
    await client.query(
      `insert into banyan.deliveries (listener, event_id, partition) values ('stock.a', 7, 0)`,
    );
    await keeper().round();
    expect((await client.query(`select state from banyan.deliveries where event_id = 7`)).rows).toEqual([
      { state: 'pending' },
    ]);
    expect((await readSlices(client))[0]).toMatchObject({ low: '0', leavingAt: null, pending: true });
  });

  it('is taken up again where a killed process left it', async () => {
    await publish(1, 90);
    await endSlice();
    const before = await balance();
    await client.query('update banyan.slices set leaving_at = now() where low = 0');
    await client.query('alter table banyan.events detach partition banyan.events_0 concurrently');
    await keeper().round();
    expect((await readSlices(client))[0]?.low).toBe('1000000');
    expect(await balance()).toEqual(before);
  });

  it('waits for a reader that began before, who sees it to the end', async () => {
    await publish(4, 90);
    await endSlice();
    const reader = new Client({ connectionString: database.url });
    await reader.connect();
    await reader.query('begin isolation level repeatable read');
    await reader.query('select count(*) from banyan.events');
    const round = keeper().round();
    while (
      (
        await client.query(
          `select from pg_stat_activity where query like '%detach%' and wait_event_type = 'Lock' and datname = current_database()`,
        )
      ).rowCount === 0
    );
    const published = await publish(1); // is not held up by the one that waits
    expect(published).toHaveLength(1);
    // And there is room for what is published meanwhile, however long the reader takes: the other processes make it.
    await client.query(`select setval('banyan.events_id_seq', 3999999)`);
    await expect(publish(1)).rejects.toThrow('no partition of relation "events"');
    expect(await keeper().round()).toBe(false);
    expect(await publish(1)).toEqual(['4000001']);
    expect((await reader.query('select count(*)::int as n from banyan.events')).rows).toEqual([{ n: 4 }]);
    await reader.query('commit');
    await reader.end();
    await round;
    expect((await readSlices(client)).map(({ low }) => low).slice(-3)).toEqual([
      '4000000',
      '5000000',
      '6000000',
    ]);
  });
});

it('levels off: with 4 MB allowed, what is kept stays near them while 24 MB are published', async () => {
  const sizes: number[] = [];
  const limits = { keepBytes: 4 * 2 ** 20, windowMs: 0 };
  for (let round = 0; round < 24; round++) {
    await publish(500, 0, 'done', 2_000);
    await keeper(limits).round();
    sizes.push(planFor(await readSlices(client), { ...LIMITS, ...limits }, new Date()).bytes);
  }
  expect(await balance()).toMatchObject({ published: 12_000, done: 12_000, missing: 0 });
  expect(Math.max(...sizes)).toBeLessThan(7 * 2 ** 20);
});

describe('the plan', () => {
  const now = new Date('2026-01-02T00:00:00Z');
  const ago = (minutes: number) => new Date(now.getTime() - minutes * MINUTE);
  const slice = (low: number, minutes: number, rest: Partial<Slice> = {}): Slice => ({
    ...{
      low: `${low}`,
      high: `${low + 1}`,
      passedAt: ago(minutes),
      leavingAt: null,
      first: ago(minutes + 1),
    },
    ...{ last: ago(minutes), pending: false, dead: false, bytes: 100, open: false, ...rest },
  });

  it('lets the oldest go until the rest fits, and nothing that can be replayed', () => {
    const slices = [slice(1, 50), slice(2, 40), slice(3, 5), slice(4, 0, { open: true, passedAt: null })];
    const states = (keepBytes: number) =>
      planFor(slices, { ...LIMITS, keepBytes }, now).standings.map(({ state }) => state);
    expect(states(400)).toEqual(['kept', 'kept', 'kept', 'open']);
    expect(states(350)).toEqual(['goes', 'kept', 'kept', 'open']);
    expect(states(10)).toEqual(['goes', 'goes', 'held', 'open']);
  });
});
