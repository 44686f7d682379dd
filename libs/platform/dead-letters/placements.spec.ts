import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { startModules } from '#testing';
import { event } from '../events/event.js';
import { type Heard, Listens, ListensOutside } from '../events/listens.js';
import type { Unit } from '../work/unit.js';
import { WorkModule } from '../work/work.module.js';
import { type DeadGroup, groupDead } from './index.js';

const Asked = event('PlacementsTestAsked', { from: 'customer', schema: z.object({ n: z.number() }) });

@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

@Injectable()
class Sellers {
  @Listens({ name: 'seller.inside', to: Asked, attempts: 1 })
  async inside({ payload }: Heard<{ n: number }>, unit: Unit): Promise<void> {
    await unit.query('select 1');
    throw new Error(`seller ${payload.n} is broken`, { cause: new Error('the root') });
  }

  @Listens({ name: 'seller.by-postgres', to: Asked, attempts: 1 })
  async byPostgres(_: Heard<{ n: number }>, unit: Unit): Promise<void> {
    await unit.query('select 1 / 0');
  }

  @ListensOutside({ name: 'seller.outside', to: Asked, attempts: 1 })
  async outside({ payload }: Heard<{ n: number }>): Promise<(unit: Unit) => Promise<void>> {
    if (payload.n > 0) throw new TypeError(`no line for ${payload.n}`);
    return async () => {};
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Sellers] })
class SellerModule {}

/** Lets the same things fail in a placement, and groups them. */
async function groupsOf(placement: {
  apart?: 'all';
  asIfRemote?: boolean;
  backend?: 'redis';
}): Promise<DeadGroup[]> {
  const shop = await startModules({ here: [SellerModule, CustomerModule], ...placement });
  const client = new Client({ connectionString: shop.database.url });
  await client.connect();
  try {
    for (let n = 1; n <= 3; n++) await shop.publish(Asked, { n });
    await shop.drain({ dead: 'allowed' });
    return await groupDead(client);
  } finally {
    await client.end();
    await shop.stop();
  }
}

it('groups of what fails in a listener are the same after a restart, together, apart, as if remote and over Redis', async () => {
  const told = ({ group, dead, listeners, errorClass, message, frame }: DeadGroup) => ({
    group,
    dead,
    listeners,
    errorClass,
    message,
    frame,
  });
  const together = (await groupsOf({})).map(told);
  const byListener = together.map(({ dead, listeners, message, frame }) => [
    listeners[0]?.listener,
    dead,
    message,
    frame?.replace(/ .*/, ''),
  ]);
  expect(byListener.sort()).toEqual([
    // This file stands in the platform itself; of a business module it would be the listener's own method.
    ['seller.by-postgres', 3, 'division by zero', 'query'],
    ['seller.inside', 3, 'seller # is broken', 'inside'],
    ['seller.outside', 3, 'no line for #', 'outside'],
  ]);
  for (const placement of [{}, { apart: 'all' }, { asIfRemote: true }, { backend: 'redis' }] as const) {
    expect((await groupsOf(placement)).map(told)).toEqual(together);
  }
});
