import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensOutside } from './listens.js';

const Poured = event('TestPoured', { from: 'customer', schema: z.object({ n: z.number() }) });
const Pinged = event('TestPinged', { from: 'customer', schema: z.object({}), key: () => 'the ball' });
const Ponged = event('TestPonged', { from: 'seller', schema: z.object({}) });

const RATE = 40;
const NOTE = 'insert into seller.pace_notes (listener, n) values ($1, $2)';

@Injectable()
class Sieve {
  @Listens({
    name: 'seller.drip',
    to: Poured,
    pace: { perSecond: RATE },
    skip: ({ payload }) => (payload.n < 0 ? 'not a drop' : undefined),
  })
  async drip({ payload }: Heard<{ n: number }>, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['drip', payload.n]);
  }

  @ListensOutside({ name: 'seller.call', to: Poured, pace: { perSecond: RATE, lanes: 2 } })
  async call({ payload }: Heard<{ n: number }>): Promise<(unit: Unit) => Promise<void>> {
    return async (unit) => {
      await unit.query(NOTE, ['call', payload.n]);
    };
  }

  @Listens({ name: 'seller.pong', to: Pinged })
  async pong(_: Heard<object>, unit: Unit): Promise<void> {
    unit.publish(Ponged, {});
  }
}

@Injectable()
class Player {
  constructor(readonly work: UnitOfWork) {}

  @Listens({ name: 'customer.ping', to: Ponged })
  async ping(_: Heard<object>, unit: Unit): Promise<void> {
    unit.publish(Pinged, {});
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Sieve] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')], providers: [Player] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('listeners over %s', (backend) => {
  let app: RunningModules;

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query(
      `create table seller.pace_notes (listener text, n int, at timestamptz not null default clock_timestamp())`,
    );
    await app.query('grant insert on seller.pace_notes to banyan_seller');
  });
  afterAll(() => app?.stop());

  it('keep to their rate, over all lanes, but for a second’s worth after a rest; what is skipped does not count', async () => {
    const [{ now }] = (await app.query<{ now: Date }>('select clock_timestamp() as now')) as [{ now: Date }];
    await app.get(Player).work.run(async (unit) => {
      for (let n = 0; n < 200; n++) unit.publish(Poured, { n: n < 160 ? n : -n });
    });
    await app.drain();
    for (const [listener, count] of [
      ['drip', 160],
      ['call', 200],
    ] as const) {
      const [row] = await app.query<{ count: number; seconds: number }>(
        `select count(*)::int, extract(epoch from max(at) - $2)::float8 as seconds from seller.pace_notes where listener = $1`,
        [listener, now],
      );
      expect(row?.count).toBe(count);
      // What had been saved up at once, and the rest no faster than the rate; on a slow machine it takes longer.
      expect(row?.seconds).toBeGreaterThan((count - RATE) / RATE);
    }
  });

  it('that chase each other are stopped by a dead letter that names the circle', async () => {
    await app.publish(Pinged, {});
    await app.drain({ dead: 'allowed' });
    const [dead, ...others] = await app.query<{ listener: string; reason: string; hops: number }>(
      `select d.listener, d.reason, e.hops from banyan.deliveries d join banyan.events e on e.id = d.event_id where d.state = 'dead'`,
    );
    expect(others).toEqual([]);
    expect(dead?.hops).toBe(32);
    expect(dead?.reason).toMatch(
      /^bug: Events chase each other: "seller\.pong" publishes TestPonged 33 deliveries after/,
    );
    expect(dead?.reason).toContain(
      'The circle: seller.pong → TestPonged → customer.ping → TestPinged → seller.pong.',
    );
    expect(await app.query(`select from banyan.deliveries where state = 'pending'`)).toEqual([]);
  });
});
