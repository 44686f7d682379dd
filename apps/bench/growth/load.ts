import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { loadSettings } from '#platform/config';
import {
  event,
  type Heard,
  type HeardOutside,
  Listens,
  ListensInBatches,
  ListensOutside,
} from '#platform/events';
import { host, type RunningApp } from '#platform/host';
import { UnitOfWork, WorkModule } from '#platform/work';
import { migrate } from '../../../migrations/migrate.js';
import { withClient } from '../measure/postgres.js';
import type { Options } from './options.js';

const Grown = event('Grown', {
  from: 'bench',
  schema: z.object({ n: z.number().int(), text: z.string() }),
  key: ({ n }) => `key ${n % 100}`,
});
type Payload = { readonly n: number; readonly text: string };

/** How many in a hundred fail at their first attempt, so that attempts are written too. */
const FAILING = 1;
/** What was handed to listeners; what is rolled back with a batch counts again, so it is about right. */
let delivered = 0;

/** One of each kind: in order, in batches, and calling out, which takes leases. */
@Injectable()
class Listeners {
  @Listens({ name: 'bench.in-order', to: Grown, ordered: true })
  async inOrder({ payload, attempt }: Heard<Payload>): Promise<void> {
    if (attempt === 1 && payload.n % 100 < FAILING) throw new Error('not yet');
    delivered += 1;
  }

  @ListensInBatches({ name: 'bench.in-batches', to: Grown })
  async inBatches(heard: readonly Heard<Payload>[]): Promise<void> {
    delivered += heard.length;
  }

  @ListensOutside({ name: 'bench.outside', to: Grown })
  async outside(_: HeardOutside<Payload>): Promise<() => Promise<void>> {
    return async () => {
      delivered += 1;
    };
  }
}

/** How many hear each event. */
const LISTENERS = 3;

@Injectable()
class Publisher {
  constructor(readonly work: UnitOfWork) {}
}

@Module({ imports: [WorkModule.as('bench')], providers: [Listeners, Publisher] })
class BenchModule {}

/** Events published in one unit of work. */
const TOGETHER = 10;
/** Deliveries that may be open before it waits. */
const OPEN = 3_000;

/** An app that publishes to itself. */
export class Load {
  published = 0;

  private constructor(private readonly app: RunningApp) {}

  static async start(url: string, { keepMb, telemetryMb }: Options): Promise<Load> {
    await migrate({ url });
    await withClient(url, (client) => client.query(`select banyan.found_module('bench')`));
    const settings = loadSettings({
      file: '',
      env: {
        NODE_ENV: 'production',
        PORT: '0',
        DATABASE_URL: url,
        CALL_SECRET: 'the secret of the growth benchmark',
        DEMO_DATA: 'false',
        LOG_FORMAT: 'json',
        EVENTS_KEEP_MB: String(keepMb),
        EVENTS_REPLAY_HOURS: '0',
        TELEMETRY_MAX_MB: String(telemetryMb),
      },
    });
    const linesTo = { write: () => undefined };
    return new Load(await host({ name: 'bench', here: [BenchModule], settings, linesTo }));
  }

  /** Deliveries that are not made yet, about. */
  private get open(): number {
    return this.published * LISTENERS - delivered;
  }

  /** Publishes for so long; returns when it is over. */
  async publish({ seconds, rate, payloadKb }: Options): Promise<void> {
    const began = performance.now();
    const { work } = this.app.get(Publisher);
    for (let spent = 0; spent < seconds; spent = (performance.now() - began) / 1_000) {
      if (this.open > OPEN || this.published > spent * rate) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      const first = this.published;
      await work.run(async (unit) => {
        for (let n = first; n < first + TOGETHER; n++) {
          const text = randomBytes(payloadKb * 768).toString('base64');
          unit.publish(Grown, { n, text });
        }
      });
      this.published += TOGETHER;
    }
  }

  stop(): Promise<void> {
    return this.app.stop();
  }
}
