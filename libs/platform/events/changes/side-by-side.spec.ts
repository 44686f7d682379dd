import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { type Backend, startModules } from '#testing';
import { conservation } from '../../conservation/index.js';
import { rename } from '../../listeners/index.js';
import type { Unit } from '../../work/unit.js';
import { WorkModule } from '../../work/work.module.js';
import { event } from '../event.js';
import { type Heard, Listens } from '../listens.js';

const Told = event('TestTold', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string() }),
  key: ({ who }) => who,
});

/** Rows without a unique key, so that a double shows. */
const NOTE = 'insert into seller.told_notes (n) values ($1)';

@Injectable()
class Both {
  @Listens({ name: 'seller.old', to: Told, ordered: true })
  async old({ payload }: Heard<{ n: number }>, unit: Unit): Promise<void> {
    await unit.query(NOTE, [payload.n]);
  }

  @Listens({ name: 'seller.new', to: Told, ordered: true })
  async new({ payload }: Heard<{ n: number }>, unit: Unit): Promise<void> {
    await unit.query(NOTE, [payload.n]);
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Both] })
class SellerModule {}

@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

it.each<Backend>(['postgres', 'redis'])(
  'a listener is renamed to one that ran beside it, over %s: what both were told of is heard as the heir',
  async (backend) => {
    const app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query('create table seller.told_notes (n int)');
    await app.query('grant insert, select on seller.told_notes to banyan_seller');
    const publish = async (from: number, to: number) => {
      for (let n = from; n < to; n++) await app.publish(Told, { n, who: `k${n % 3}` });
    };
    await publish(0, 5);
    await app.drain();
    await app.query('update banyan.listeners set paused_at = clock_timestamp()');
    await publish(5, 25);
    await app.query(
      `update banyan.deliveries set state = 'dead', attempts = 1, settled_at = clock_timestamp()
       where listener = 'seller.old' and event_id = (select max(event_id) from banyan.deliveries)`,
    );
    const client = new Client({ connectionString: app.database.url });
    await client.connect();
    await rename(client, 'seller.old', 'seller.new', { who: 'ada', why: 'they are one' });
    while ((await app.query('select from banyan.listener_changes')).length > 0) await pause(20);
    await app.query('update banyan.listeners set paused_at = null');
    await app.drain();
    expect(
      await app.query(
        'select listener, state, reason, count(*)::int from banyan.deliveries group by 1, 2, 3 order by 1, 2',
      ),
    ).toEqual([
      { listener: 'seller.new', state: 'done', reason: null, count: 25 },
      { listener: 'seller.old', state: 'done', reason: null, count: 5 },
      { listener: 'seller.old', state: 'skipped', reason: 'heard as seller.new', count: 20 },
    ]);
    expect((await conservation(client)).gaps).toEqual([]);
    expect(await app.query('select count(*)::int from seller.told_notes where n >= 5')).toEqual([
      { count: 20 },
    ]);
    await client.end();
    await app.stop();
  },
);
