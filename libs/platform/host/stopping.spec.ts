import { connect } from 'node:net';
import { Controller, Get, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { type TestDatabase, testDatabase } from '#testing';
import { loadSettings, type Settings } from '../config/index.js';
import { waitUntil } from '../embedded/wait-until.js';
import { changeRoute, readPlacement } from '../placement/index.js';
import { host } from './host.js';
import type { RunningApp } from './running-app.js';

/** Lets what is held back go on. */
let release: () => void = () => undefined;
let held: Promise<void>;
let asked = 0;
beforeEach(() => {
  asked = 0;
  held = new Promise((resolve) => {
    release = resolve;
  });
});

abstract class StockApi {
  abstract take(): Promise<string>;
}
@Injectable()
class StockData extends StockApi {
  async take(): Promise<string> {
    return 'taken';
  }
}
@Controller('stock')
class StockEdge {
  @Get('held') async held(): Promise<object> {
    asked += 1;
    await held;
    return { answered: true };
  }
  @Get() look(): object {
    return { process: 'any' };
  }
}
@Module({
  controllers: [StockEdge],
  providers: [{ provide: StockApi, useClass: StockData }],
  exports: [StockApi],
})
class StockModule {}

@Controller('cart')
class CartEdge {
  constructor(private readonly stock: StockApi) {}
  /** Asks another app only once it is let go. */
  @Get('held') async held(): Promise<object> {
    asked += 1;
    await held;
    return { stock: await this.stock.take() };
  }
}
@Module({ imports: [StockModule], controllers: [CartEdge] })
class CartModule {}

@Injectable()
class Stubborn implements OnModuleDestroy {
  async onModuleDestroy(): Promise<void> {
    await held;
  }
}
@Module({ providers: [Stubborn] })
class StubbornModule {}
@Injectable()
class Thrower implements OnModuleDestroy {
  onModuleDestroy(): void {
    throw new Error('cannot end');
  }
}
@Module({ providers: [Thrower] })
class ThrowerModule {}

let database: TestDatabase;
const running: RunningApp[] = [];
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  release();
  await Promise.all(running.splice(0).map((app) => app.stop()));
  await database.query('truncate banyan.instances, banyan.routes, banyan.route_changes');
});
afterAll(() => database.drop());

function settings(more: Readonly<Record<string, string>> = {}): Settings {
  const env = {
    ...{ NODE_ENV: 'test', PORT: '0', DATABASE_URL: database.url, DATABASE_POOL: '4', LOG_LEVEL: 'silent' },
    ...{ CALL_SECRET: 'known to this test only', ...more },
  };
  return loadSettings({ file: '', env });
}
async function start(options: Partial<Parameters<typeof host>[0]> & { name: string }): Promise<RunningApp> {
  const app = await host({ here: [], settings: settings(), ...options });
  running.push(app);
  return app;
}
const db = {
  query: (sql: string, parameters?: unknown[]) => database.query(sql, parameters),
};
const instances = async () => (await readPlacement(db)).instances;

describe('an app that stops', () => {
  it('lets a request in work ask other apps for what it still needs', async () => {
    await start({ name: 'stock', here: [StockModule] });
    const cart = await start({ name: 'cart', here: [CartModule], elsewhere: [StockModule] });
    const answer = fetch(`${cart.url}/cart/held`);
    await waitUntil(() => asked === 1, 5_000);
    const callAddress = (await instances()).find(({ app }) => app === 'cart')?.callAddress ?? '';
    const stopped = cart.stop();
    // Its way to others must outlive its own server for calls, which has nothing to do.
    await waitUntil(() => refuses(callAddress), 5_000);
    expect(await refuses(callAddress)).toBe(true);
    release();
    expect(await (await answer).json()).toEqual({ stock: 'taken' });
    await stopped;
  });

  it('lets a request in work be answered that it has sent on to another app', async () => {
    await start({ name: 'stock', here: [StockModule] });
    const both = await start({ name: 'both', here: [StockModule] });
    await routeStockTo('stock');
    const answer = fetch(`${both.url}/stock/held`);
    await waitUntil(() => asked === 1, 5_000);
    const stopped = both.stop();
    await waitUntil(async () => (await fetch(`${both.url}/stock`)).status === 503, 5_000);
    release();
    expect(await (await answer).json()).toEqual({ answered: true });
    await stopped;
  });

  it('answers those who still send to it, until they have learnt that it is gone: not one request fails', async () => {
    const front = await start({ name: 'front', here: [StockModule] });
    const stock = await start({ name: 'stock', here: [StockModule] });
    await routeStockTo('stock');
    const statuses = new Map<number, number>();
    let over = false;
    const customers = Array.from({ length: 4 }, async () => {
      while (!over) {
        const { status } = await fetch(`${front.url}/stock`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    const answered = () => [...statuses.values()].reduce((sum, count) => sum + count, 0);
    await waitUntil(() => answered() > 100, 10_000);
    await stock.stop();
    const sofar = answered();
    await waitUntil(() => answered() > sofar + 100, 10_000);
    over = true;
    await Promise.all(customers);
    expect([...statuses.keys()]).toEqual([200]);
  });

  it('alone has nobody to wait for', async () => {
    const app = await start({ name: 'stock', here: [StockModule] });
    const began = performance.now();
    await app.stop();
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('is not held up by a part that hangs: it names it, and ends everything else in its time', async () => {
    const app = await host({
      name: 'stubborn',
      here: [StubbornModule],
      settings: settings({ STOP_TIMEOUT_MS: '1500' }),
    });
    const began = performance.now();
    await expect(app.stop()).rejects.toThrow(/closing the application was not done after 1\d\d\d ms/);
    expect(performance.now() - began).toBeLessThan(1_900); // 1,500 and a busy machine
    const open = async () => {
      const rows = await database.query<{ name: string }>(
        `select application_name as name from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      return rows.map(({ name }) => name);
    };
    // The pool is the application's own; what was to be closed after it is closed.
    expect((await open()).filter((name) => name !== 'stubborn')).toEqual([]);
    release();
    await waitUntil(async () => !(await open()).includes('stubborn'), 5_000);
  });

  it('that could not start says why it could not, whatever fails while it is put away', async () => {
    const first = await start({ name: 'first', here: [StockModule] });
    const { port } = new URL(first.url);
    const second = host({ name: 'second', here: [ThrowerModule], settings: settings({ PORT: port }) });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

/** Routes stock to an app, and waits until every process follows. */
async function routeStockTo(app: string): Promise<void> {
  const version = await changeRoute(db, {
    module: 'stock',
    app,
    who: 'me',
    why: 'test',
    expected: undefined,
  });
  const followed = await waitUntil(
    async () => (await instances()).every(({ follows }) => follows === version),
    5_000,
  );
  expect(followed).toBe(true);
}

/** Whether nobody listens at an address any more. */
function refuses(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}
