import { type TestDatabase, testDatabase } from '#testing';
import { waitUntil } from '../embedded/wait-until.js';
import type { Instance, InstanceHealth } from './instance.js';
import { type CallsPerSide, type MoveOptions, moveModule } from './move.js';
import { followers, IDLE, instance, queryable } from './placement.sample.js';
import { setHomes } from './set-homes.js';
import { changeRoute, wantApp, wantedApps } from './sql/change-route.js';
import { enterInstance, renewInstance } from './sql/instances.js';
import { readPlacement } from './sql/read-placement.js';
import type { Queryable } from './sql/rows-of.js';

const SHOP = instance('marketplace', ['cart', 'payment']);
const PAYMENT = instance('payment', ['payment']);
const SHORT = { started: 150, followed: 200, drained: 200, gone: 200, counted: 200 };

let database: TestDatabase;
let db: Queryable;
let stop: (() => Promise<void>) | undefined;
beforeAll(async () => {
  database = await testDatabase();
  db = queryable(database);
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await database.query('truncate banyan.instances, banyan.routes, banyan.route_changes, banyan.wanted_apps');
});
afterAll(() => database.drop());

/** Lets instances live; one that nobody wants any more leaves, as the start command makes it. */
async function live(...instances: (Instance & { health?: () => InstanceHealth })[]): Promise<void> {
  stop = await followers(db, instances);
}
/** Plays the start command: an app that is wanted comes, one that is not wanted goes. */
function startCommand(): () => Promise<void> {
  let stopped = false;
  const keep = async () => {
    for (let renewal = 1; !stopped; renewal += 1) {
      const wanted = (await wantedApps(db)).get('payment');
      if (wanted) {
        await enterInstance(db, PAYMENT);
        await renewInstance(db, PAYMENT.id, '9000000', renewal, IDLE);
      } else await database.query(`delete from banyan.instances where app = 'payment'`);
    }
  };
  const keeping = keep();
  return async () => {
    stopped = true;
    await keeping;
  };
}
const move = (to: MoveOptions['to'], more: Partial<MoveOptions> = {}, on = db) => {
  const steps: string[] = [];
  const options = { module: 'payment', to, who: 'me', why: 'test', within: SHORT, ...more };
  return moveModule(on, { say: (step) => steps.push(step), ...options }).then((moved) => ({
    ...moved,
    steps,
  }));
};
const routed = async () => (await readPlacement(db)).routes.get('payment')?.app;
const wanted = async () => (await wantedApps(db)).get('payment');

describe('moving a module', () => {
  it('apart has its app started, changes the route, and shows each step; together leaves the app without work, and lets it go', async () => {
    await live(SHOP);
    const end = startCommand();
    const apart = await move('apart', { within: { ...SHORT, started: 5_000 } });
    expect(apart).toMatchObject({ from: 'marketplace', to: 'payment', calls: { failed: 0 } });
    expect(apart.steps).toEqual([
      'payment is answered by marketplace, to be answered by payment',
      'payment runs and offers what marketplace does: 1 operations, 1 listeners',
      `route changed, version ${apart.version}`,
      'every process follows (2 of 2)',
      'nothing is in work at marketplace any more',
    ]);
    expect([await routed(), await wanted()]).toEqual(['payment', true]);
    const together = await move('together', { within: { ...SHORT, gone: 5_000 } });
    expect(together).toMatchObject({ from: 'payment', to: 'marketplace' });
    expect(together.steps.at(-1)).toBe('payment has stopped');
    expect([await routed(), await wanted()]).toEqual(['marketplace', false]);
    await end();
  });

  it('back is one step back, after the first move too', async () => {
    await live(SHOP, PAYMENT);
    await move('apart');
    expect(await move('back')).toMatchObject({ from: 'payment', to: 'marketplace' });
    expect(await move('back')).toMatchObject({ from: 'marketplace', to: 'payment' });
    expect([await routed(), await wanted()]).toEqual(['payment', true]);
  });

  it('to where it is changes nothing, and says so', async () => {
    await live(SHOP, PAYMENT);
    const { version } = await move('apart');
    const again = await move('apart');
    expect(again.version).toBeUndefined();
    expect(again.steps).toContain('the route leads there already');
    expect((await readPlacement(db)).routes.get('payment')?.version).toBe(version);
  });

  it('counts the calls of each side and the failed ones while it moves, and none from before, and shows them meanwhile', async () => {
    const at = { marketplace: { answered: 10, failed: 1 }, payment: { answered: 0, failed: 0 } };
    const health = (app: keyof typeof at) => () => ({
      ...IDLE,
      answered: { payment: at[app].answered, cart: 99 },
      failed: { payment: at[app].failed },
    });
    await live({ ...SHOP, health: health('marketplace') }, { ...PAYMENT, health: health('payment') });
    await waitUntil(async () => (await readPlacement(db)).instances[0]?.health.answered['payment'], 2_000);
    const say = (step: string) => {
      if (!step.startsWith('route changed')) return;
      at.marketplace = { answered: 12, failed: 2 };
      at.payment = { answered: 5, failed: 0 };
    };
    const shown: CallsPerSide[] = [];
    const moved = await move('apart', { say, count: (calls) => shown.push(calls) });
    expect(moved.calls).toEqual({ from: 2, to: 5, failed: 1 });
    expect(shown.at(-1)).toEqual(moved.calls);
  });

  it('does not believe that the old side is done by what it said before all had followed', async () => {
    await enterInstance(db, SHOP); // says nothing new, and seems idle
    await live(PAYMENT);
    await database.query('update banyan.instances set follows = 9000000');
    await expect(move('apart')).rejects.toThrow(/old side still works for payment/);
  });

  it('waits for what is in work at the old side: its deliveries and the calls that it is answering', async () => {
    let work: InstanceHealth = { ...IDLE, delivers: ['payment'] };
    await live({ ...SHOP, health: () => work }, PAYMENT);
    await waitUntil(async () => (await readPlacement(db)).instances[0]?.health.delivers.length, 2_000);
    await expect(move('apart')).rejects.toThrow(
      /old side still works for payment: move again to go on waiting/,
    );
    const moved = move('apart', { within: { ...SHORT, drained: 5_000 } });
    work = { ...IDLE, answering: { payment: 1 } };
    await waitUntil(async () => (await readPlacement(db)).instances[0]?.health.answering['payment'], 2_000);
    work = IDLE;
    expect(await moved).toMatchObject({ to: 'payment', version: undefined });
  });

  it('does not mind that the routed app has been killed: together takes the module back, and the app is wanted no more', async () => {
    await live(SHOP);
    await wantApp(db, 'payment', true, 'me');
    await changeRoute(db, { module: 'payment', app: 'payment', who: 'me', why: 'test', expected: undefined });
    expect(await move('together')).toMatchObject({ to: 'marketplace', version: expect.any(String) });
    expect([await routed(), await wanted()]).toEqual(['marketplace', false]);
  });
});

describe('is refused, and says what to do,', () => {
  const refused = (to: MoveOptions['to'], words: RegExp, more: Partial<MoveOptions> = {}) =>
    expect(move(to, more)).rejects.toMatchObject({
      name: 'MoveRefused',
      message: expect.stringMatching(words),
    });

  it('a module that nobody hosts, naming those that there are', async () => {
    await live(SHOP);
    await refused('apart', /"paymnt": those that run host cart, payment\./, { module: 'paymnt' });
  });

  it('when nothing runs', () => refused('apart', /No app runs: start one with npm start/));

  it('when no app comes; it is not wanted afterwards, so that no later start leads the module astray', async () => {
    await live(SHOP);
    await refused('apart', /did not come within 0\.15 s.*move again\. Nothing has changed/s);
    expect([await routed(), await wanted()]).toEqual([undefined, false]);
  });

  it('when the module shares a transaction with another, or is asked synchronously', async () => {
    const objections = { payment: ['PaymentApi.find is handed a transaction of cart'] };
    await live({ ...SHOP, health: () => ({ ...IDLE, objections }) }, PAYMENT);
    await refused(
      'apart',
      /payment can't be placed apart yet: PaymentApi\.find is handed a transaction of cart/,
    );
    expect(await routed()).toBeUndefined();
  });

  it('when the app offers less than the old side', async () => {
    const less = { payment: { operations: [], listeners: ['payment.charge hears X@2'] } };
    await live(SHOP, { ...PAYMENT, contract: less, version: '2' });
    await refused(
      'apart',
      /payment \(version 2\) does not offer what marketplace does: PaymentApi\.find; payment\.charge hears X@1\. Deploy/,
    );
    expect([await routed(), await wanted()]).toEqual([undefined, false]);
  });

  it('together, when no app hosts it with others; back, when it was never moved', async () => {
    await live(PAYMENT);
    await refused('together', /No running app hosts payment together with others \(it is at payment\)/);
    await refused('back', /has not been moved yet: there is no step back/);
  });

  it('when somebody else moves it at the same moment: one wins', async () => {
    await live(SHOP, PAYMENT);
    const moves = await Promise.allSettled([1, 2, 3].map(() => move('apart')));
    const won = moves.filter((each) => each.status === 'fulfilled' && each.value.version !== undefined);
    expect(won).toHaveLength(1);
    for (const each of moves)
      if (each.status === 'rejected')
        expect(each.reason.message).toMatch(/Somebody else changed the route .* move again/);
    expect(await routed()).toBe('payment');
  });

  it('when a process does not follow in time: the route is changed, and moving again goes on', async () => {
    await enterInstance(db, SHOP); // alive, and follows nothing
    await enterInstance(db, PAYMENT);
    await refused('apart', /not every process follows it yet: .* move again to go on/);
    await live(SHOP, PAYMENT);
    expect(await move('apart')).toMatchObject({ to: 'payment', version: undefined });
  });
});

describe('interrupted', () => {
  /** A database that is gone from its n-th statement on: what a kill -9 of the mover leaves behind. */
  const until = (statements: number): Queryable => {
    let left = statements;
    return {
      query: (sql, parameters) => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('killed')) : db.query(sql, parameters);
      },
    };
  };

  it('after any statement, it is whole, and moving again brings it to its end', async () => {
    const end = startCommand();
    await live(SHOP);
    const within = { ...SHORT, started: 5_000, gone: 5_000, followed: 5_000 };
    let interruptions = 0;
    for (const to of ['apart', 'together'] as const) {
      const [app, other] = to === 'apart' ? ['payment', 'marketplace'] : ['marketplace', 'payment'];
      for (let statements = 1; ; statements += 1) {
        const cut = await move(to, { within }, until(statements)).then(
          () => false,
          () => true,
        );
        expect([app, other, undefined]).toContain(await routed());
        await move(to, { within });
        expect([await routed(), await wanted()]).toEqual([app, to === 'apart']);
        if (!cut) break;
        interruptions += 1;
        await move(to === 'apart' ? 'together' : 'apart', { within });
      }
    }
    expect(interruptions).toBeGreaterThan(10);
    await end();
  });
});

it('a start leads modules home: it changes only what leads elsewhere', async () => {
  const homes = new Map([
    ['cart', 'marketplace'],
    ['payment', 'payment'],
    ['stock', 'marketplace'],
  ]);
  await changeRoute(db, { module: 'stock', app: 'stock', who: 'me', why: 'test', expected: undefined });
  for (let twice = 0; twice < 2; twice += 1) await setHomes(db, homes, 'marketplace', 'npm start');
  const { routes } = await readPlacement(db);
  expect([...routes.values()].map(({ module, app, who }) => `${module} ${app} ${who}`).sort()).toEqual([
    'payment payment start',
    'stock marketplace start',
  ]);
  expect(await database.query('select from banyan.route_changes')).toHaveLength(3);
});
