import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { type RunningModules, startModules } from '#testing';
import { event } from '../events/event.js';
import { type Heard, Listens } from '../events/listens.js';
import { WorkModule } from '../work/work.module.js';
import { listDead, listUnheard, listWaiting } from './index.js';

const Told = event('WhateverTestTold', {
  from: 'customer',
  schema: z.object({ who: z.object({ name: z.string() }) }),
});
const LISTENER = 'seller.whatever-test';

@Injectable()
class Listeners {
  static readonly heard: string[] = [];

  @Listens({ name: LISTENER, to: Told })
  async hear({ payload }: Heard<{ who: { name: string } }>): Promise<void> {
    Listeners.heard.push(payload.who.name);
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Listeners] })
class SellerModule {}

@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each([{ backend: 'postgres' }, { backend: 'redis', apart: 'all' }] as const)(
  'what nobody here could have published, with %j',
  (placement) => {
    let app: RunningModules;
    let client: Client;

    beforeAll(async () => {
      app = await startModules({ here: [SellerModule, CustomerModule], ...placement });
      client = new Client({ connectionString: app.database.url });
      await client.connect();
    });
    afterAll(async () => {
      await client?.end();
      await app?.stop();
    });

    /** Writes an event as somebody would who does not ask our code; with a delivery for a listener, or none. */
    async function write(type: string, payload: string, listener?: string): Promise<string> {
      const [row] = await app.query<{ id: string }>(
        `insert into banyan.events (type, version, module, payload, traceparent) values ($1, 1, 'customer', $2, '') returning id`,
        [type, payload],
      );
      const { id } = row as { id: string };
      if (listener !== undefined)
        await app.query('insert into banyan.deliveries (listener, event_id, partition) values ($1, $2, 0)', [
          listener,
          id,
        ]);
      return id;
    }

    async function until<T>(look: () => Promise<T[]>, count: number): Promise<T[]> {
      for (;;) {
        const found = await look();
        if (found.length >= count) return found;
      }
    }

    it('is a dead letter, or said to wait for code or to be heard by nobody; and the rest goes on', async () => {
      const bad = ['null', '"a text"', '{"who":null}', '[1]'];
      for (const payload of bad) await write(Told.type, payload, LISTENER);
      const unknown = await write('WhateverTestUnknown', '{}', LISTENER);
      await app.query(
        `insert into banyan.listeners (name, module, partitions, ordered) values ('seller.gone', 'seller', 1, false)`,
      );
      const orphan = await write(Told.type, '{}', 'seller.gone');
      await write('WhateverTestLonely', '{}');
      await app.publish(Told, { who: { name: placement.backend } });

      const dead = await until(() => listDead(client), bad.length);
      expect(dead).toHaveLength(bad.length);
      for (const letter of dead)
        expect(letter).toMatchObject({ listener: LISTENER, lastError: { kind: 'bug', class: 'TypeError' } });
      expect(await until(() => listWaiting(client), 2)).toEqual([
        { listener: LISTENER, waitsFor: 'WhateverTestUnknown@1', count: 1, oldest: unknown },
        { listener: 'seller.gone', waitsFor: null, count: 1, oldest: orphan },
      ]);
      // The unknown one is of a type that nobody is subscribed to: it was handed to the listener past all that.
      expect((await listUnheard(client)).map(({ type }) => type)).toEqual([
        'WhateverTestLonely',
        'WhateverTestUnknown',
      ]);
      while (!Listeners.heard.includes(placement.backend)) await new Promise(setImmediate);
    });
  },
);
