import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import {
  event,
  type Heard,
  type HeardOutside,
  Listens,
  ListensInBatches,
  ListensOutside,
} from '#platform/events';
import { type Unit, WorkModule } from '#platform/work';

/** Where an event takes the process of its listener along, and how. */
export const Told = event('CrashTestTold', {
  from: 'customer',
  schema: z.object({
    n: z.number(),
    kills: z.string().optional(),
    how: z.string().optional(),
    asks: z.string().optional(),
  }),
  key: ({ n }) => String(n % 5),
});
type Told = { n: number; kills?: string; how?: string; asks?: string };
type ToldHeard = Heard<Told>;

/** A row without a unique key, so that a second effect shows. */
const NOTE = 'insert into %.crash_notes (listener, n) values ($1, $2)';

/** What a handler does to its process. */
const WAYS: Record<string, () => void> = {
  SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(3),
  'out of memory': () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(10_000).fill(Math.random()));
  },
  'a stray error': () => {
    setTimeout(() => {
      throw new Error('nobody catches it');
    }, 1);
  },
  'a stray rejection': () => {
    void Promise.reject(new Error('nobody waits for it'));
  },
  'a blocked event loop': () => {
    for (;;);
  },
};

async function note(module: string, listener: string, heard: ToldHeard, unit: Unit): Promise<void> {
  await unit.query(NOTE.replace('%', module), [listener, heard.payload.n]);
}

/** Takes the process along where the event says so; else it takes a moment, so that neighbours are in work meanwhile. */
async function die(listener: string, { payload }: ToldHeard): Promise<void> {
  if (payload.kills === listener) WAYS[payload.how ?? '']?.();
  await pause(5);
}

@Injectable()
class SellerListeners {
  @Listens({ name: 'seller.one-by-one', to: Told, ordered: true })
  async oneByOne(heard: ToldHeard, unit: Unit): Promise<void> {
    await note('seller', 'one-by-one', heard, unit);
    await die('one-by-one', heard);
  }

  @ListensInBatches({ name: 'seller.together', to: Told })
  async together(all: readonly ToldHeard[], unit: Unit): Promise<void> {
    for (const heard of all) {
      await note('seller', 'together', heard, unit);
      await die('together', heard);
    }
  }

  @ListensOutside({ name: 'seller.outside', to: Told })
  async outside(heard: HeardOutside<Told>): Promise<(unit: Unit) => Promise<void>> {
    await die('outside', heard);
    const { asks } = heard.payload;
    if (asks) await fetch(asks, { headers: { key: heard.effectKey, pid: String(process.pid) } });
    return (unit) => note('seller', 'outside', heard, unit);
  }
}

@Injectable()
class StockListeners {
  @Listens({ name: 'stock.neighbour', to: Told })
  async neighbour(heard: ToldHeard, unit: Unit): Promise<void> {
    await note('stock', 'neighbour', heard, unit);
    await die('neighbour', heard);
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [SellerListeners] })
export class SellerModule {}

@Module({ imports: [WorkModule.as('stock')], providers: [StockListeners] })
export class StockModule {}

@Module({ imports: [WorkModule.as('customer')] })
export class CustomerModule {}
