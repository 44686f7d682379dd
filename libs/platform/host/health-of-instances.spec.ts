import { Controller, Get, Injectable, Module, Sse } from '@nestjs/common';
import { NEVER, type Observable } from 'rxjs';
import { z } from 'zod';
import { type TestDatabase, testDatabase } from '#testing';
import { loadSettings } from '../config/index.js';
import { waitUntil } from '../embedded/wait-until.js';
import { event, Listens } from '../events/index.js';
import { changeRoute, readPlacement, type SeenInstance } from '../placement/index.js';
import { host } from './host.js';
import type { RunningApp } from './running-app.js';

let release: () => void = () => undefined;
let held: Promise<void>;
let begun = 0;
beforeEach(() => {
  begun = 0;
  held = new Promise((resolve) => {
    release = resolve;
  });
});

const Told = event('TestTold', { from: 'cart', schema: z.object({}) });

abstract class StockApi {
  abstract take(): Promise<void>;
}
@Injectable()
class StockData extends StockApi {
  async take(): Promise<void> {
    begun += 1;
    await held;
  }
}
@Injectable()
class StockListeners {
  @Listens({ name: 'stock.hears', to: Told })
  async hears(): Promise<void> {
    throw new Error('nobody publishes it here');
  }
}
@Controller('stock')
class StockEdge {
  @Get('held') async held(): Promise<object> {
    begun += 1;
    await held;
    return {};
  }
  @Get('broken') broken(): never {
    throw new Error('broken');
  }
  @Sse('endless') endless(): Observable<never> {
    begun += 1;
    return NEVER;
  }
}
@Module({
  controllers: [StockEdge],
  providers: [StockListeners, { provide: StockApi, useClass: StockData }],
  exports: [StockApi],
})
class StockModule {}

@Controller('cart')
class CartEdge {
  constructor(private readonly stock: StockApi) {}
  @Get() async take(): Promise<object> {
    await this.stock.take();
    return {};
  }
}
@Module({ imports: [StockModule], controllers: [CartEdge] })
class CartModule {}

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

const db = { query: (sql: string, parameters?: unknown[]) => database.query(sql, parameters) };

async function start(name: string, here: Parameters<typeof host>[0]['here']): Promise<RunningApp> {
  const env = {
    ...{ NODE_ENV: 'test', PORT: '0', DATABASE_URL: database.url, DATABASE_POOL: '4', LOG_LEVEL: 'silent' },
    CALL_SECRET: 'known to this test only',
  };
  const app = await host({ name, here, settings: loadSettings({ file: '', env }) });
  running.push(app);
  return app;
}
/** What an app says of itself, once it says what is looked for. */
async function says(app: string, what: (instance: SeenInstance) => boolean): Promise<SeenInstance> {
  const find = async () =>
    (await readPlacement(db)).instances.find((instance) => instance.app === app && what(instance));
  const found = await waitUntil(find, 5_000);
  if (!found) throw new Error(`${app} never said it: ${JSON.stringify((await readPlacement(db)).instances)}`);
  return found;
}
/** Answers once an app has said anew all that it knows. */
async function saysAnew(app: string): Promise<SeenInstance> {
  const { renewal } = await says(app, () => true);
  return says(app, (instance) => instance.renewal >= renewal + 2);
}
async function routeStockTo(app: string): Promise<void> {
  const version = await changeRoute(db, {
    module: 'stock',
    app,
    who: 'me',
    why: 'test',
    expected: undefined,
  });
  for (const { parts } of running as unknown as { parts: { identity: { app: string } } }[])
    await says(parts.identity.app, ({ follows }) => follows === version);
}

describe('an app says how many calls and requests to a module', () => {
  it('it is answering and has begun to answer, over HTTP and in process; streams of events are not waited for', async () => {
    const app = await start('all', [CartModule, StockModule]);
    const asked = [fetch(`${app.url}/stock/held`), fetch(`${app.url}/cart`)];
    const stream = await fetch(`${app.url}/stock/endless`);
    await waitUntil(() => begun === 3, 5_000);
    const { health } = await says('all', ({ health }) => health.answering['stock'] === 2);
    expect(health).toMatchObject({ answering: { cart: 1, stock: 2 }, answered: { cart: 1, stock: 3 } });
    release();
    await Promise.all(asked);
    await says('all', ({ health }) => !health.answering['stock'] && !health.answering['cart']);
    await stream.body?.cancel();
  });

  it('have failed, where they failed', async () => {
    const app = await start('all', [StockModule]);
    expect((await fetch(`${app.url}/stock/broken`)).status).toBe(500);
    await says('all', ({ health }) => health.failed['stock'] === 1);
  });

  it('it has answered itself, and those sent on count where they are answered; also when nobody answers them', async () => {
    const front = await start('front', [StockModule]);
    await start('stock', [StockModule]);
    await routeStockTo('stock');
    expect((await fetch(`${front.url}/stock/broken`)).status).toBe(500);
    const { health } = await says('stock', ({ health }) => health.failed['stock'] === 1);
    expect(health.answered).toMatchObject({ stock: 1 });
    expect((await saysAnew('front')).health).toMatchObject({ answered: {}, failed: {} });
  });
});

describe('a module that is routed to an app which does not run', () => {
  it('is told with the readiness of who answers for it meanwhile, who stays ready', async () => {
    const app = await start('all', [StockModule]);
    const ready = async () => {
      const answer = await fetch(`${app.url}/health/ready`);
      const { details } = (await answer.json()) as { details: { deliveries: object } };
      return { status: answer.status, ...details.deliveries };
    };
    expect(await ready()).toEqual({ status: 'up', listeners: 1 });
    await routeStockTo('gone');
    expect(await ready()).toEqual({ status: 'up', listeners: 1, undelivered: ['stock'] });
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${app.url}/stock/broken`)).status).toBe(500); // it answers
  });
});

it('looks for others only so long, and says who is there', async () => {
  const app = await start('all', [StockModule]);
  await app.knows(1);
  await expect(app.knows(2, 50)).rejects.toThrow(
    'Of 2 instances only all run after 0.05 s: see in their logs',
  );
});
