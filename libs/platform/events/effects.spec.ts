import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { type EffectToShow, listEffects } from '../conservation/effects.js';
import { replay } from '../dead-letters/act.js';
import { Fault } from '../seam/fault.js';
import { Refusal } from '../seam/refusal.js';
import type { Unit } from '../work/unit.js';
import { WorkModule } from '../work/work.module.js';
import { moveDeliveries } from './changes/move-deliveries.js';
import { event } from './event.js';
import { type HeardOutside, ListensOutside } from './listens.js';

const Asked = event('EffectsTestAsked', {
  from: 'customer',
  schema: z.object({ n: z.number(), moods: z.array(z.string()) }),
});
type AskedHeard = HeardOutside<{ n: number; moods: string[] }>;

/** The world: what it was asked under which key, in turn, and how it behaves. */
const world = { keys: [] as string[], seen: undefined as undefined | ((heard: AskedHeard) => Promise<void>) };

@Injectable()
class Caller {
  @ListensOutside({
    name: 'seller.effects',
    to: Asked,
    attempts: 3,
    deadlineMs: 300,
    backOff: { longestMs: 10 },
    skip: ({ payload }) => (payload.moods[0] === 'skipped' ? 'nothing to ask' : undefined),
    map: (payload) => {
      if (payload.moods[0] === 'no map') throw new Error('it has no map');
      return payload;
    },
  })
  async call(heard: AskedHeard): Promise<(unit: Unit) => Promise<void>> {
    world.keys.push(heard.effectKey);
    await world.seen?.(heard);
    const mood = heard.payload.moods[heard.attempt - 1];
    if (mood === 'silent') await new Promise<never>(() => undefined);
    if (mood === 'sick') throw new Fault('it answered 500');
    if (mood === 'out of reach') throw new Fault('no line', { acted: 'no' });
    if (mood === 'refused') throw new Refusal('seller.no', 'conflict', 'It does not want to.');
    return async (unit) => {
      await unit.query('insert into seller.effect_notes values ($1, $2)', [heard.payload.n, heard.effectKey]);
      if (mood === 'unrecorded') throw new Error('what it said is not recorded');
    };
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Caller] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('the effect ledger, over %s', (backend) => {
  let app: RunningModules;
  let client: Client;
  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query('create table seller.effect_notes (n int, key uuid)');
    await app.query('grant insert on seller.effect_notes to banyan_seller');
    client = new Client({ connectionString: app.database.url });
    await client.connect();
  });
  beforeEach(async () => {
    for (const table of ['banyan.deliveries', 'banyan.events', 'banyan.attempts', 'seller.effect_notes'])
      await app.query(`delete from ${table}`);
    world.keys = [];
    world.seen = undefined;
  });
  afterAll(async () => {
    await client?.end();
    await app?.stop();
  });

  const ask = async (...moods: string[]) => {
    await app.publish(Asked, { n: 1, moods });
    await app.drain({ dead: 'allowed' });
  };
  const list = (unknown = false) => listEffects(client, { unknown, limit: 10 });
  const only = async (): Promise<EffectToShow> => {
    const { effects, total } = await list();
    expect(total).toBe(1);
    return effects[0] as EffectToShow;
  };
  const notes = () => app.query<{ n: number; key: string }>('select n, key from seller.effect_notes');

  it('says of a call that is out that its effect is unknown, and of one whose result is recorded that it is done', async () => {
    let during: unknown;
    world.seen = async () => {
      during = await list(true);
    };
    await ask();
    const [key] = world.keys;
    expect(during).toMatchObject({
      total: 1,
      effects: [{ key, outcome: 'unknown', calls: 1, state: 'pending', app: expect.any(String) }],
    });
    expect(await only()).toMatchObject({ key, outcome: 'done', calls: 1, state: 'done', lastError: null });
    expect(await list(true)).toEqual({ total: 0, effects: [] });
    expect(await notes()).toEqual([{ n: 1, key }]);
  });

  it.each([
    ['the world was silent', ['silent', 'ok'], 'done', 2],
    ['it was silent to the end', ['silent', 'silent', 'silent'], 'unknown', 3],
    ['it was sick to the end', ['sick', 'sick', 'sick'], 'unknown', 3],
    ['it was never reached', ['out of reach', 'out of reach', 'out of reach'], 'failed', 3],
    ['it refused', ['refused'], 'failed', 1],
    ['it was reached once, and who knows', ['sick', 'out of reach', 'out of reach'], 'unknown', 3],
    ['it was silent and refuses now', ['silent', 'refused'], 'unknown', 2],
    ['what it said could not be recorded', ['unrecorded', 'unrecorded', 'unrecorded'], 'unknown', 3],
    ['it was not called', ['no map', '', ''], 'failed', 3],
  ])('when %s (%j) the outcome is %s', async (_, moods, outcome, calls) => {
    await ask(...moods);
    expect(await only()).toMatchObject({ outcome, calls, state: outcome === 'done' ? 'done' : 'dead' });
    expect((await list(true)).total).toBe(outcome === 'unknown' ? 1 : 0);
    expect(new Set(world.keys).size).toBe(moods[0] === 'no map' ? 0 : 1);
    expect(await notes()).toHaveLength(outcome === 'done' ? 1 : 0);
  });

  it('a replay after death uses the same key, and what it brings is recorded once', async () => {
    await ask('sick', 'sick', 'sick');
    const { eventId, key, lastError } = await only();
    expect(lastError).toBe('Fault: it answered 500');
    await replay(client, [{ listener: 'seller.effects', eventId }], { who: 'a test' });
    await app.drain();
    expect(world.keys).toEqual([key, key, key, key]);
    expect(await only()).toMatchObject({ key, outcome: 'done', calls: 4 });
    expect(await notes()).toEqual([{ n: 1, key }]);
  });

  it('has a key for each delivery, and the same for one that is written anew', async () => {
    await ask();
    await ask();
    const [one, other] = world.keys;
    expect(one).not.toBe(other);
    await app.query(
      `update banyan.deliveries set state = 'pending', effect_key = null, due_at = clock_timestamp() - interval '1 second'`,
    );
    await app.drain();
    expect([...world.keys.slice(2)].sort()).toEqual([one, other].sort());
  });

  it('keeps the key when the listener gets another name', async () => {
    await ask('sick', 'sick', 'sick');
    const { key } = await only();
    await app.query(
      `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.renamed', 'seller', false, 4)`,
    );
    await moveDeliveries(app.get(DataSource).manager, 'seller.effects', 'seller.renamed', true);
    expect(await only()).toMatchObject({ listener: 'seller.renamed', key, outcome: 'unknown', calls: 3 });
    expect((await only()).lastError).toBe('Fault: it answered 500');
  });

  it('holds nothing against what was skipped', async () => {
    await ask('skipped');
    expect(await list()).toEqual({ total: 0, effects: [] });
  });

  it('gives back what it took and does not know, without a call, and touches no lease of code that knows it', async () => {
    const at = `clock_timestamp() - interval '1 second'`;
    const insert = (version: number, due: string) =>
      app.query<{ id: string }>(
        `with e as (insert into banyan.events (type, version, module, payload, traceparent)
           values ('EffectsTestAsked', ${version}, 'customer', '{"n": 1, "moods": []}', '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01') returning id)
         insert into banyan.deliveries (listener, event_id, partition, due_at)
         select 'seller.effects', id, 0, ${due} from e returning event_id as id`,
      );
    const [[out]] = [await insert(2, `clock_timestamp() + interval '1 hour'`)]; // newer code calls out for it at this moment
    await app.query(`update banyan.deliveries set outcome = 'unknown', calls = 1`);
    const [[unknown], [known]] = [await insert(2, at), await insert(1, at)];
    const rows = () =>
      app.query<{ id: string; state: string; waits_for: string | null }>(
        `select event_id as id, state, attempts, calls, outcome, effect_key is null as keyless, waits_for, due_at <= clock_timestamp() as due
         from banyan.deliveries order by event_id`,
      );
    const waits = { attempts: 0, outcome: null, calls: null, keyless: true };
    while ((await rows()).filter((row) => row.state === 'done' || row.waits_for !== null).length < 2)
      await pause(20);
    expect(await rows()).toMatchObject([
      { id: out?.id, state: 'pending', waits_for: null, due: false, calls: 1, outcome: 'unknown' },
      { id: unknown?.id, state: 'pending', waits_for: 'EffectsTestAsked@2', due: true, ...waits },
      { id: known?.id, state: 'done', waits_for: null, calls: 1, outcome: 'done' },
    ]);
    expect(world.keys).toHaveLength(1);
  });

  it('takes up what lies below the floor that this process knows', async () => {
    await ask();
    const [floor] = await app.query<{ low: string }>('select low::text from banyan.work_floor');
    await app.query('update banyan.work_floor set low = (select max(id) + 1 from banyan.events)');
    await ask(); // behind the floor: from now on the process knows it
    await app.query(
      `update banyan.deliveries set state = 'pending', due_at = clock_timestamp() - interval '1 second' where event_id = (select min(id) from banyan.events)`,
    );
    await app.query('update banyan.work_floor set low = $1', [floor?.low]);
    await app.drain();
    expect(world.keys).toHaveLength(3);
  });
});
