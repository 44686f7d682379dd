import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { waitUntil } from '../embedded/wait-until.js';
import { IDLE, instance, keptLog, queryable } from './placement.sample.js';
import { type LiveView, Registry } from './registry.js';
import { changeRoute, forgetWantedApps, wantApp, wantedApps } from './sql/change-route.js';
import { buryProcess, enterInstance, leaveInstance } from './sql/instances.js';
import { readPlacement } from './sql/read-placement.js';
import type { Queryable } from './sql/rows-of.js';

let database: TestDatabase;
let db: Queryable;
const running: { leave(): Promise<unknown> }[] = [];
beforeAll(async () => {
  database = await testDatabase();
  db = queryable(database);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.leave()));
  await database.query('truncate banyan.instances, banyan.routes, banyan.route_changes, banyan.wanted_apps');
});
afterAll(() => database.drop());

const ids = async () => (await readPlacement(db)).instances.map((each) => each.id);
const grow = (id: string, seconds: number) =>
  database.query('update banyan.instances set seen_at = seen_at - $2 * interval $$1 second$$ where id = $1', [
    id,
    seconds,
  ]);
const route = (app: string, expected?: string, module = 'payment') =>
  changeRoute(db, { module, from: 'marketplace', app, who: 'me', why: 'test', expected });

interface Stand {
  readonly registry: Registry;
  readonly log: ReturnType<typeof keptLog>;
  readonly followed: LiveView[];
}
async function entered(
  options: { id?: string; follow?: () => Promise<void>; database?: Queryable } = {},
): Promise<Stand> {
  const log = keptLog();
  const followed: LiveView[] = [];
  const registry = new Registry({
    database: options.database ?? db,
    log,
    self: instance('payment', ['payment'], { id: options.id ?? 'payment-1' }),
    health: () => ({ ...IDLE, delivers: ['payment'] }),
    follow: async (view) => {
      followed.push(view);
      await options.follow?.();
    },
  });
  await registry.enter();
  running.push(registry);
  return { registry, log, followed };
}

describe('an instance', () => {
  it('is seen with all that it says of itself once it has entered, and no more once it has left', async () => {
    const { registry } = await entered();
    const [seen] = (await readPlacement(db)).instances;
    expect(seen).toMatchObject({
      ...instance('payment', ['payment']),
      health: { delivers: ['payment'] },
      startedAt: expect.any(Date),
    });
    expect(seen?.silentSeconds).toBeLessThan(5);
    expect(registry.hosting('payment').map((each) => each.id)).toEqual(['payment-1']);
    await registry.leave();
    expect(await ids()).toEqual([]);
  });

  it('that leaves in the middle of its first look leaves nothing behind, and hears how many others there are', async () => {
    await enterInstance(db, instance('cart', ['cart']));
    let goOn: () => void = () => undefined;
    const slow: Queryable = {
      query: async (sql, parameters) => {
        if (sql.startsWith('insert')) await new Promise<void>((resolve) => (goOn = resolve));
        return db.query(sql, parameters);
      },
    };
    const registry = new Registry({
      database: slow,
      log: keptLog(),
      self: instance('payment', ['payment']),
      health: () => IDLE,
      follow: async () => undefined,
    });
    const entering = registry.enter();
    const left = registry.leave();
    goOn();
    await entering;
    expect(await left).toBe(1);
    expect(await ids()).toEqual(['cart-1']);
  });

  it('is read once with all that it says of itself, however often others look who is there', async () => {
    const asked: string[] = [];
    const noted: Queryable = {
      query: (sql, parameters) => {
        asked.push(sql);
        return db.query(sql, parameters);
      },
    };
    const details = () => asked.filter((sql) => sql.includes('contract') && !sql.startsWith('insert')).length;
    const { registry } = await entered({ database: noted });
    const looks = () => asked.filter((sql) => sql.includes('as ids')).length;
    await waitUntil(() => looks() >= 3, 3_000);
    expect(details()).toBe(1);
    await enterInstance(db, instance('cart', ['cart']));
    await waitUntil(() => registry.hosting('cart').length > 0, 3_000);
    expect(registry.hosting('cart')).toEqual([instance('cart', ['cart'])]);
    await leaveInstance(db, 'cart-1');
    await waitUntil(() => registry.hosting('cart').length === 0, 3_000);
    expect([details(), registry.hosting('cart')]).toEqual([2, []]);
  });

  it('that was killed is out within 15 s: one silent for 9 s is there, for 11 s is not', async () => {
    await enterInstance(db, instance('payment', ['payment']));
    await grow('payment-1', 9);
    expect(await ids()).toEqual(['payment-1']);
    await grow('payment-1', 2);
    expect(await ids()).toEqual([]);
  });

  it('that is known to have died is taken out at once, and no other process', async () => {
    for (const id of ['vm-12-a1', 'vm-123-b2', 'other-12-c3'])
      await enterInstance(db, instance('payment', ['payment'], { id }));
    await buryProcess(db, 'vm', 12, 'SIGKILL');
    expect((await ids()).sort()).toEqual(['other-12-c3', 'vm-123-b2']);
  });

  it('that lives renews itself before others take it for dead', async () => {
    await entered();
    await grow('payment-1', 8);
    const renewed = await waitUntil(async () => {
      const [seen] = (await readPlacement(db)).instances;
      return seen && seen.silentSeconds < 5;
    }, 5_000);
    expect(renewed).toBe(true);
  });

  it('that was taken for dead and removed enters again, with what it does', async () => {
    await route('payment');
    const { registry } = await entered();
    await leaveInstance(db, 'payment-1');
    const again = await waitUntil(async () => {
      const [seen] = (await readPlacement(db)).instances;
      return seen?.follows === registry.view.version && seen.health.delivers;
    }, 6_000);
    expect(again).toEqual(['payment']);
  });

  it('is not taken for dead while it takes its time to lay deliveries down', async () => {
    let finish: () => void = () => undefined;
    const laidDown = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let slow = Promise.resolve();
    const { followed } = await entered({ follow: () => slow });
    slow = laidDown;
    const version = await route('marketplace');
    await waitUntil(() => followed.at(-1)?.version === version, 3_000);
    await grow('payment-1', 9);
    const renewed = await waitUntil(async () => {
      const [seen] = (await readPlacement(db)).instances;
      return seen && seen.silentSeconds < 5 && seen.follows;
    }, 5_000);
    expect(renewed).toBe('0'); // it lives, and does not claim to follow yet
    finish();
    const follows = await waitUntil(
      async () => (await readPlacement(db)).instances[0]?.follows === version,
      3_000,
    );
    expect(follows).toBe(true);
  });

  it('clears away the rows of those that ended without leaving, ten minutes later', async () => {
    await enterInstance(db, instance('old', ['old']));
    await grow('old-1', 601);
    await entered();
    expect(await database.query('select id from banyan.instances')).toEqual([{ id: 'payment-1' }]);
  });

  it('goes on with the routes of a moment ago while Postgres is away, says so once, and says when it is back', async () => {
    let away = false;
    const failing: Queryable = {
      query: (sql, parameters) => (away ? Promise.reject(new Error('away')) : db.query(sql, parameters)),
    };
    await route('payment');
    const { registry, log } = await entered({ database: failing });
    away = true;
    await waitUntil(() => log.lines.length > 0, 3_000);
    expect(registry.view.routes.get('payment')?.app).toBe('payment');
    away = false;
    await waitUntil(() => log.lines.length > 1, 3_000);
    expect(log.lines).toEqual([
      'The registry is not reached; going on with the routes of a moment ago',
      'The registry is reached again',
    ]);
  });
});

describe('a route', () => {
  it('that changes is followed by every process within a second', async () => {
    const all = await Promise.all(['a', 'b', 'c'].map((id) => entered({ id })));
    const version = await route('payment');
    const began = performance.now();
    const followed = await waitUntil(
      () => all.every((each) => each.followed.at(-1)?.version === version),
      5_000,
    );
    expect(followed).toBe(true);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('carries who, why and the app before, the first time too', async () => {
    const first = await route('payment');
    expect((await readPlacement(db)).routes.get('payment')).toMatchObject({
      app: 'payment',
      previous: 'marketplace',
      version: first,
      who: 'me',
      why: 'test',
    });
    const second = await route('other', first);
    expect((await readPlacement(db)).routes.get('payment')).toMatchObject({
      app: 'other',
      previous: 'payment',
    });
    expect(Number(second)).toBeGreaterThan(Number(first));
  });

  it.each(['without a route', 'with one'])(
    'that two change at once, %s, is changed by one, and only that one is in the history',
    async (case_) => {
      const expected = case_ === 'with one' ? await route('somewhere') : undefined;
      const apps = ['a', 'b', 'c', 'd'];
      const versions = await Promise.all(apps.map((app) => route(app, expected)));
      const won = versions.findIndex((version) => version !== undefined);
      expect(versions.filter((version) => version !== undefined)).toHaveLength(1);
      expect((await readPlacement(db)).routes.get('payment')?.app).toBe(apps[won]);
      const noted = await database.query('select id::text, app from banyan.route_changes order by id desc');
      expect(noted[0]).toEqual({ id: versions[won], app: apps[won] });
      expect(noted).toHaveLength(expected ? 2 : 1);
    },
  );

  it('is not changed by somebody who decided on an older one, or on one that is gone', async () => {
    const first = await route('payment');
    await route('marketplace', first);
    expect(await route('payment', first)).toBeUndefined();
    expect(await route('stock', '12345', 'stock')).toBeUndefined();
    expect((await readPlacement(db)).routes.get('payment')?.app).toBe('marketplace');
    expect((await readPlacement(db)).routes.has('stock')).toBe(false);
  });

  it('gets its version only once changes with lower ones are committed: who follows one follows all below', async () => {
    const slow = new Client({ connectionString: database.url });
    await slow.connect();
    await slow.query('begin');
    const change = { from: 'marketplace', app: 'apart', who: 'me', why: 'test', expected: undefined };
    const first = await changeRoute(slow, { module: 'cart', ...change });
    const second = route('apart');
    const waits = await waitUntil(async () => {
      const sessions = await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
      );
      return sessions.length === 1;
    }, 5_000);
    expect(waits).toBe(true);
    await slow.query('commit');
    await slow.end();
    expect(Number(await second)).toBeGreaterThan(Number(first));
  });
});

it('an app that somebody wants is wanted until it is not, or until all wishes are forgotten', async () => {
  await wantApp(db, 'payment', true, 'me');
  await wantApp(db, 'stock', true, 'me');
  await wantApp(db, 'stock', false, 'me');
  expect(Object.fromEntries(await wantedApps(db))).toEqual({ payment: true, stock: false });
  await forgetWantedApps(db);
  expect((await wantedApps(db)).size).toBe(0);
});
