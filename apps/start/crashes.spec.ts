import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { loadSettings } from '#platform/config';
import { groupDead } from '#platform/dead-letters';
import { host, type RunningApp } from '#platform/host';
import { buryProcess } from '#platform/placement';
import { type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { UnitsOfWork } from '../../libs/platform/work/units-of-work.js';
import { Child, type Death } from './child.js';
import { CustomerModule, Told } from './crashing/modules.fixture.js';
import { buildIfOlder, until } from './started-shop.fixture.js';

const LISTENERS = ['seller.one-by-one', 'seller.together', 'seller.outside', 'stock.neighbour'];
const FOLDER = resolve(__dirname, '../../dist/apps/start/crashing');

/** The group of what each listener died of, in the placement that came first: it is the same in the next one. */
const groups = new Map<string, string>();

beforeAll(buildIfOlder);

describe.each([
  ['postgres', ['together']],
  ['redis', ['seller', 'stock']],
])('a delivery that ends its process, on BullMQ over %s, in %j', (backend, apps) => {
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let publisher: RunningApp;
  let bury: Client;
  let children: Child[];
  const deaths: Death[] = [];

  const settings = () => ({
    ...{ NODE_ENV: 'test', PORT: '0', CALL_SECRET: 'known to this test only', LOG_LEVEL: 'error' },
    ...{ DATABASE_URL: database.url, DATABASE_POOL: '8', REDIS_URL: redis?.url ?? '' },
  });

  beforeAll(async () => {
    jest.spyOn(process.stdout, 'write').mockReturnValue(true); // the last words of those who die
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    database = await testDatabase();
    redis = backend === 'redis' ? await testRedis() : undefined;
    for (const module of ['seller', 'stock'])
      await database.query(
        `create table ${module}.crash_notes (id bigint generated always as identity, listener text, n int)`,
      );
    for (const module of ['seller', 'stock'])
      await database.query(`grant insert on ${module}.crash_notes to banyan_${module}`);
    bury = new Client({ connectionString: database.url });
    await bury.connect();
    const env = { ...settings(), NODE_OPTIONS: '--max-old-space-size=96', BLOCKED_LIMIT_MS: '4000' };
    children = apps.map(
      (name) =>
        new Child({
          ...{ name, file: resolve(FOLDER, `${name}.fixture.js`), env, prefixed: () => true },
          longestPauseMs: 1_000, // it dies again and again here, and half of this spec would be pauses
          died: (death) => {
            deaths.push(death);
            void buryProcess(bury, hostname(), death.pid as number, death.how);
            return true;
          },
        }),
    );
    for (const child of children) await child.ready;
    publisher = await host({
      name: 'publisher',
      here: [CustomerModule],
      settings: loadSettings({ file: '', env: { ...settings(), LOG_LEVEL: 'silent' } }),
    });
  });
  beforeEach(async () => {
    deaths.length = 0;
    for (const table of ['deliveries', 'events', 'attempts'])
      await database.query(`delete from banyan.${table}`);
    await database.query('delete from seller.crash_notes');
    await database.query('delete from stock.crash_notes');
  });
  afterAll(async () => {
    await publisher?.stop();
    await Promise.all((children ?? []).map((child) => child.stop(5_000)));
    await bury?.end();
    await redis?.drop();
    await database?.drop();
    jest.restoreAllMocks();
  });

  /** Publishes in one transaction each, so that many are in work at once. */
  async function publish(
    events: { n: number; kills?: string; how?: string; asks?: string }[],
  ): Promise<void> {
    const work = publisher.get(UnitsOfWork).of('customer');
    await work.run(async (unit) => {
      for (const event of events) unit.publish(Told, event);
    });
  }
  const states = () =>
    database.query<{ listener: string; state: string; n: number; attempts: number }>(
      `select d.listener, d.state, (e.payload->>'n')::int as n, d.attempts from banyan.deliveries d
       join banyan.events e on e.id = d.event_id where d.state <> 'done' order by 1, 3`,
    );
  const settled = (within = 90_000) =>
    until(
      async () => {
        const rows = await states();
        return rows.every(({ state, n, listener }) => {
          const behind = rows.some(
            (dead) =>
              dead.state === 'dead' && dead.listener === listener && dead.n % 5 === n % 5 && dead.n < n,
          );
          return state === 'dead' || (listener === 'seller.one-by-one' && behind);
        });
      },
      within,
      () => JSON.stringify(deaths),
    );
  const effects = async () =>
    Object.fromEntries(
      (
        await database.query<{ listener: string; all: number; different: number }>(
          `select listener, count(*)::int as all, count(distinct n)::int as different
           from (select * from seller.crash_notes union all select * from stock.crash_notes) notes group by 1`,
        )
      ).map(({ listener, all, different }) => [listener, [all, different]]),
    );
  const attempts = () =>
    database.query<{ kind: string; app: string; instance: string; message: string; attempt: number }>(
      `select a.* from banyan.attempts a join banyan.deliveries d using (listener, event_id) where d.state = 'dead' order by a.id`,
    );

  it.each([
    ['SIGKILL', 'one-by-one', /SIGKILL/],
    ['exit', 'together', /exit code 3/],
    ['out of memory', 'outside', /SIGABRT/],
    ['a blocked event loop', 'neighbour', /SIGKILL/],
  ])(
    'by %s in %s is dead after two crashes, and its neighbours are done once each',
    async (how, kills, seen) => {
      const culprit = 37;
      await publish(Array.from({ length: 60 }, (_, n) => ({ n, ...(n === culprit && { kills, how }) })));
      await settled();
      const dead = (await states()).filter(({ state }) => state === 'dead');
      expect(dead).toMatchObject([
        { listener: LISTENERS.find((name) => name.endsWith(kills)), n: culprit, attempts: 2 },
      ]);
      expect(deaths.map((death) => death.how).filter((death) => !seen.test(death))).toEqual([]);
      expect(deaths).toHaveLength(2);
      const all = kills === 'one-by-one' ? 60 - 5 : 59; // what stands behind it in its key waits
      const expected = Object.fromEntries(
        ['one-by-one', 'together', 'outside', 'neighbour'].map((name) => [
          name,
          name === kills ? [all, all] : [60, 60],
        ]),
      );
      expect(await effects()).toEqual(expected);
      const told = await attempts();
      expect(told.map(({ kind, attempt }) => [kind, attempt])).toEqual([
        ['crash', 1],
        ['crash', 2],
      ]);
      expect(told[1]?.message).toMatch(seen);
      expect(new Set(told.map(({ instance }) => instance)).size).toBe(2);
      const [group] = await groupDead(bury);
      expect(group).toMatchObject({ dead: 1, errorClass: 'ProcessDied', frame: null });
      expect(group?.group).toBe(groups.get(kills) ?? group?.group);
      groups.set(kills, group?.group as string);
    },
    120_000,
  );

  it.each(['a stray error', 'a stray rejection'])(
    'by %s does not end it: the delivery is dead at once, and nothing else is',
    async (how) => {
      await publish(
        Array.from({ length: 20 }, (_, n) => ({ n, ...(n === 7 && { kills: 'neighbour', how }) })),
      );
      await settled();
      expect(await states()).toMatchObject([
        { listener: 'stock.neighbour', n: 7, state: 'dead', attempts: 1 },
      ]);
      expect(await attempts()).toMatchObject([
        { kind: 'bug', message: expect.stringContaining('by stock.neighbour') },
      ]);
      expect(deaths).toEqual([]);
      expect((await effects())['neighbour']).toEqual([19, 19]);
    },
    120_000,
  );

  it('takes no innocent along when there are several', async () => {
    const culprits = [3, 28];
    await publish(
      Array.from({ length: 40 }, (_, n) => ({
        n,
        ...(culprits.includes(n) && { kills: 'together', how: 'exit' }),
      })),
    );
    await publish([{ n: 100, kills: 'neighbour', how: 'SIGKILL' }]);
    await settled(100_000);
    const dead = (await states())
      .filter(({ state }) => state === 'dead')
      .map(({ listener, n }) => [listener, n]);
    expect(dead).toEqual([...culprits.map((n) => ['seller.together', n]), ['stock.neighbour', 100]]);
    expect(deaths.length).toBeLessThanOrEqual(6);
    expect(await effects()).toEqual({
      'one-by-one': [41, 41],
      together: [39, 39],
      outside: [41, 41],
      neighbour: [40, 40],
    });
  }, 120_000);

  it('in the middle of a call leaves word that its effect is unknown; it is called again under the same key, and recorded once', async () => {
    const provider = createServer().listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const ledger = () => database.query('select * from banyan.effects');
    try {
      const asks = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
      const first = once(provider, 'request') as Promise<[IncomingMessage, ServerResponse]>;
      await publish([{ n: 1, asks }]);
      const [cutOff] = await first;
      const { key, pid } = cutOff.headers;
      const second = once(provider, 'request') as Promise<[IncomingMessage, ServerResponse]>;
      cutOff.on('error', () => undefined); // it is cut off
      process.kill(Number(pid), 'SIGKILL');
      await once(cutOff.socket, 'close');
      const left = { listener: 'seller.outside', effect_key: key, outcome: 'unknown', calls: 1 };
      expect(await ledger()).toMatchObject([{ ...left, instance: expect.stringContaining(String(pid)) }]);
      const [again, answer] = await second;
      expect(again.headers['key']).toBe(key);
      expect(again.headers['pid']).not.toBe(pid);
      expect(await ledger()).toMatchObject([
        { ...left, calls: 2, last_error: expect.stringContaining('SIGKILL') },
      ]);
      answer.end();
      await settled();
      expect(await ledger()).toMatchObject([{ effect_key: key, outcome: 'done', calls: 2, state: 'done' }]);
      expect((await effects())['outside']).toEqual([1, 1]);
    } finally {
      provider.closeAllConnections();
      provider.close();
    }
  }, 120_000);
});
