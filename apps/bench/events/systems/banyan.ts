import 'reflect-metadata';
import { loadSettings } from '#platform/config';
import { host, type RunningApp } from '#platform/host';
import type { UnitOfWork } from '#platform/work';
import { migrate } from '../../../../migrations/migrate.js';
import { BenchBusiness, BenchModule, EVENTS, piece } from './banyan-module.js';
import { act, Business } from './business.js';
import { type Engine, type Heard, type Payload, POOL, type Setup } from './engine.js';

const STOP_WITHIN_MS = 5_000;

/** Ours, as an application has it: one app with one module, default settings, its log written to nowhere. */
export class Banyan implements Engine {
  private constructor(
    private readonly app: RunningApp,
    private readonly work: UnitOfWork,
    private readonly business: Business,
  ) {}

  /** @param redis empty: BullMQ runs on Postgres */
  static async start(url: string, redis: string): Promise<Banyan> {
    await migrate({ url });
    const business = new Business(url);
    await business.pool.query(`select banyan.found_module('bench')`);
    await business.make();
    const settings = loadSettings({
      file: '',
      env: {
        NODE_ENV: 'production',
        PORT: '0',
        DATABASE_URL: url,
        DATABASE_POOL: String(POOL),
        REDIS_URL: redis,
        CALL_SECRET: 'the secret of the events benchmark',
        DEMO_DATA: 'false',
        LOG_FORMAT: 'json',
      },
    });
    const app = await host({ name: 'bench', here: [BenchModule], settings });
    await app.deliveries.deliverFor([], STOP_WITHIN_MS);
    return new Banyan(app, app.get(BenchBusiness).work, business);
  }

  async clear(): Promise<void> {
    await this.business.clear();
    await this.business.pool.query('truncate banyan.events, banyan.deliveries, banyan.attempts');
  }

  async publish(setup: Setup, events: readonly Payload[]): Promise<void> {
    const type = typeOf(setup);
    await this.work.run(async (unit) => {
      for (const event of events) unit.publish(type, event);
    });
  }

  async transact(setup: Setup, event: Payload, publish: boolean, committed?: () => void): Promise<void> {
    await this.work.run(async (unit) => {
      await act(setup.deed, event.n, (_, text, values) => unit.query(text, values));
      if (publish) unit.publish(typeOf(setup), event);
    });
    committed?.();
  }

  async listen(setup: Setup, heard: Heard): Promise<void> {
    piece.setup = setup;
    piece.heard = heard;
    await this.app.deliveries.deliverFor(['bench'], STOP_WITHIN_MS);
  }

  unlisten(): Promise<void> {
    return this.app.deliveries.deliverFor([], STOP_WITHIN_MS);
  }

  effects(): Promise<number> {
    return this.business.effects();
  }

  distinct(): Promise<number> {
    return this.business.distinct();
  }

  async close(): Promise<void> {
    await this.app.stop();
    await this.business.close();
  }
}

function typeOf({ way, listeners }: Setup) {
  return EVENTS[way as keyof typeof EVENTS][listeners];
}
