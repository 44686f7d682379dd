import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type RunningModules, startModules } from '#testing';
import type { OpenUnit } from '../work/open-unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens } from './listens.js';

const Said = event('TestSaid', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string() }),
  key: ({ who }) => who,
});
const Muttered = event('TestMuttered', { from: 'customer', schema: z.object({ n: z.number() }) });

@Injectable()
class Ears {
  static heard: number[] = [];

  @Listens({ name: 'customer.ears', to: Said, ordered: true, pace: { lanes: 8 } })
  async hear({ payload }: Heard<{ n: number; who: string }>): Promise<void> {
    Ears.heard.push(payload.n);
  }

  @Listens({ name: 'customer.sharp-ears', to: Muttered, ordered: true, pace: { lanes: 8 } })
  async hearMore({ payload }: Heard<{ n: number }>): Promise<void> {
    Ears.heard.push(payload.n);
  }
}

@Injectable()
class Mouth {
  constructor(readonly work: UnitOfWork) {}

  say(...said: { n: number; who: string }[]): Promise<void> {
    return this.work.run(async (unit) => {
      for (const each of said) unit.publish(Said, each);
    });
  }
}

@Module({ imports: [WorkModule.as('customer')], providers: [Ears, Mouth] })
class CustomerModule {}

describe('one event, and several', () => {
  let app: RunningModules;
  let mouth: Mouth;
  beforeAll(async () => {
    app = await startModules({ here: [CustomerModule], backend: 'postgres' });
    mouth = app.get(Mouth);
  });
  afterAll(() => app?.stop());
  beforeEach(async () => {
    await app.drain();
    await app.query('delete from banyan.deliveries');
    await app.query('delete from banyan.events');
    Ears.heard = [];
  });
  const written = () =>
    app.query<{ id: string; n: number; key: string | null; lane: number; kept: string | null }>(
      `select e.id, (e.payload->>'n')::int as n, e.key, d.partition as lane, d.key as kept
       from banyan.events e join banyan.deliveries d on d.event_id = e.id order by e.id`,
    );

  it('come to the same lane, whether written alone or together', async () => {
    const names = ['ada', 'bob', '{"eve\\, NULL}', 'null', '', 'żółw'];
    for (const who of names) await mouth.say({ n: 1, who });
    await mouth.say(...names.map((who) => ({ n: 2, who })));
    await app.drain();
    const rows = await written();
    expect(rows).toHaveLength(2 * names.length);
    for (const who of names) {
      const [alone, together] = rows.filter(({ key }) => key === who);
      expect(alone).toMatchObject({ n: 1, kept: who });
      expect(together).toMatchObject({ n: 2, kept: who, lane: alone?.lane });
    }
    expect([...Ears.heard].sort()).toEqual([...names.map(() => 1), ...names.map(() => 2)]);
  });

  it('has no key where it says none', async () => {
    await mouth.work.run(async (unit) => unit.publish(Muttered, { n: 1 }));
    await app.drain();
    const [row] = await written();
    expect(row).toMatchObject({ key: null, kept: null, lane: Number(row?.id) % 8 });
  });

  it.each([
    ['alone', 'ada', []],
    ['alone', 'a\n"d\\a', []],
    ['with another', 'ada', [{ n: 3, who: 'cy' }]],
    ['with another', 'a\n"d\\a', [{ n: 3, who: 'cy' }]],
  ])(
    'gets its number when others of its key have committed, and not before, %s of key %j',
    async (_, who, others) => {
      const other = app.get(DataSource).createQueryRunner();
      await other.startTransaction();
      await other.query(`select pg_advisory_xact_lock(hashtextextended($1, 7305))`, [who]);
      const waiting = mouth.say({ n: 1, who }, ...others);
      const waits = `select from pg_locks where locktype = 'advisory' and not granted and database = (
      select oid from pg_database where datname = current_database())`;
      while ((await app.query(waits)).length === 0) await pause(5);
      await mouth.say({ n: 2, who: 'bob' });
      await other.commitTransaction();
      await other.release();
      await waiting;
      expect((await written()).map(({ n }) => n)).toEqual([2, 1, ...others.map(({ n }) => n)]);
    },
  );

  it('is not there when a statement before it had failed unnoticed, and its connection goes on', async () => {
    const careless = () =>
      mouth.work.run(async (unit) => {
        await unit.query('select 1 / 0').catch(() => undefined);
        unit.publish(Said, { n: 1, who: 'ada' });
      });
    await mouth.say({ n: 2, who: 'ada' }); // by now its statements are prepared
    for (let time = 0; time < 3; time++) await expect(careless()).rejects.toMatchObject({ code: '25P02' });
    await mouth.say({ n: 3, who: 'ada' });
    expect((await written()).map(({ n }) => n)).toEqual([2, 3]);
  });

  it('fails with what Postgres says of it, and leaves nothing of its unit', async () => {
    const tooFar = () =>
      mouth.work.run(async (unit) => {
        (unit as OpenUnit).staged.length = 0;
        unit.publish(Said, { n: 1, who: 'ada' });
        Object.assign((unit as OpenUnit).staged[0] as object, { version: 70_000 });
      });
    await mouth.say({ n: 2, who: 'ada' });
    for (let time = 0; time < 3; time++) await expect(tooFar()).rejects.toMatchObject({ code: '22003' });
    await mouth.say({ n: 3, who: 'ada' });
    expect((await written()).map(({ n }) => n)).toEqual([2, 3]);
  });

  it('wakes a listener that somebody else has added, and other lanes than before', async () => {
    await mouth.say({ n: 1, who: 'ada' });
    await app.drain();
    const { Waker } = await import('./wake/waker.js');
    const wake = jest.spyOn(app.get(Waker), 'wake');
    await app.query(
      `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.late', 'seller', false, 1)`,
    );
    await app.query(`insert into banyan.subscriptions (type, listener) values ('TestSaid', 'seller.late')`);
    await mouth.say({ n: 2, who: 'ada' });
    const woken = () => wake.mock.calls.flatMap(([lanes]) => lanes.map(({ listener }) => listener));
    while (!woken().includes('seller.late')) await pause(5);
    expect(woken().filter((name) => name === 'customer.ears')).toHaveLength(1);
    wake.mockRestore();
    await app.query(`delete from banyan.subscriptions where listener = 'seller.late'`);
    await app.query(`delete from banyan.deliveries where listener = 'seller.late'`);
    await app.query(`delete from banyan.listeners where name = 'seller.late'`);
  });
});
