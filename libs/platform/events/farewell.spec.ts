import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import type { Unit } from '../work/unit.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensInBatches, ListensOutside } from './listens.js';
import { STRIKES } from './retry-policy.js';

const Asked = event('FarewellTestAsked', {
  from: 'customer',
  schema: z.object({ n: z.number(), mood: z.string().optional() }),
  key: () => 'one lane',
});
type AskedHeard = Heard<{ n: number; mood?: string }>;
const NOTE = 'insert into seller.farewell_notes (listener, n) values ($1, $2)';

/** What is to be buried, in each way of listening, says farewell in its mood. */
@Injectable()
class Mourner {
  static said: string[] = [];

  @Listens({ name: 'seller.inside', to: Asked, attempts: 1, whenDead: farewell })
  async inside({ payload }: AskedHeard, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['inside', payload.n]);
    if (payload.mood) throw new Error('no');
  }

  @ListensInBatches({ name: 'seller.together', to: Asked, attempts: 1, whenDead: farewell })
  async together(all: readonly AskedHeard[], unit: Unit): Promise<void> {
    for (const { payload } of all) await unit.query(NOTE, ['together', payload.n]);
    if (all.some(({ payload }) => payload.mood)) throw new Error('no');
  }

  @ListensOutside({ name: 'seller.outside', to: Asked, attempts: 1, whenDead: farewell })
  async outside({ payload }: AskedHeard): Promise<(unit: Unit) => Promise<void>> {
    if (payload.mood) throw new Error('no');
    return async (unit) => void (await unit.query(NOTE, ['outside', payload.n]));
  }
}

async function farewell({ payload }: AskedHeard, unit: Unit): Promise<void> {
  Mourner.said.push(payload.mood as string);
  await unit.query(NOTE, ['farewell', payload.n]);
  const cutOff = unit.query('select seller.cut_off($1)', [payload.mood]);
  if (payload.mood === 'loses' || payload.mood === 'at first') await cutOff;
  if (payload.mood === 'says nothing') await cutOff.catch(() => undefined);
  if (payload.mood === 'says something else')
    await cutOff.catch(() => Promise.reject(new Error('what a pity')));
  if (payload.mood === 'waits for nothing') cutOff.catch(() => undefined);
  if (payload.mood === 'fails at the commit') await cutOff;
}

@Module({ imports: [WorkModule.as('seller')], providers: [Mourner] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

const MOODS = ['loses', 'says nothing', 'says something else', 'waits for nothing'];
const LISTENERS = ['inside', 'outside', 'together'];

describe.each<Backend>(['postgres', 'redis'])('a whenDead that loses its connection, over %s', (backend) => {
  let app: RunningModules;
  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query('create table seller.farewell_notes (listener text, n int)');
    await app.query('grant insert on seller.farewell_notes to banyan_seller');
    await app.query('create sequence seller.cuts');
    await app.query(`create function seller.cut_off(mood text) returns void security definer language plpgsql as $$ begin
      if nextval('seller.cuts') = 1 or mood not in ('at first', 'fails at the commit') then perform pg_terminate_backend(pg_backend_pid()); end if; end $$`);
  });
  beforeEach(async () => {
    for (const table of [
      'banyan.deliveries',
      'banyan.events',
      'banyan.attempts',
      'banyan.in_work',
      'seller.farewell_notes',
    ])
      await app.query(`delete from ${table}`);
    Mourner.said = [];
  });
  afterAll(() => app?.stop());

  const notes = async () =>
    (
      await app.query<{ is: string }>(
        `select listener || ' ' || n as is from seller.farewell_notes order by 1`,
      )
    ).map(({ is }) => is);
  const states = () =>
    app.query<{ listener: string; states: string[] }>(
      `select listener, array_agg(state::text order by event_id) as states from banyan.deliveries group by 1 order by 1`,
    );
  const messages = () => app.query<{ message: string }>('select message from banyan.attempts order by id');

  it.each(MOODS)('every time (%s) is spared it in the end, and takes no neighbour along', async (mood) => {
    for (const n of [1, 2, 3]) await app.publish(Asked, { n, ...(n === 2 && { mood }) });
    await app.drain({ dead: 'allowed' });
    const each = { states: ['done', 'dead', 'done'] };
    expect(await states()).toEqual(LISTENERS.map((name) => ({ listener: `seller.${name}`, ...each })));
    expect(await notes()).toEqual(LISTENERS.flatMap((name) => [`${name} 1`, `${name} 3`]));
    expect(Mourner.said).toEqual(Array(LISTENERS.length * STRIKES).fill(mood));
    const told = await messages();
    expect(told).toHaveLength(LISTENERS.length);
    for (const { message } of told)
      expect(message).toMatch(/^no \(and its whenDead failed: it has lost its unit of work 3 times, .+\)$/);
  });

  it('in a burial of what has killed its process is spared it as well', async () => {
    await app.query(`with e as (insert into banyan.events (type, version, module, payload, traceparent)
        values ('FarewellTestAsked', 1, 'customer', '{"n": 2, "mood": "loses"}', '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01') returning id),
      d as (insert into banyan.deliveries (listener, event_id, partition, attempts, crashes) select 'seller.inside', id, 0, 1, 1 from e)
      insert into banyan.in_work (instance, listener, partition, app, event_id, attempts, how)
        select 'gone-1', 'seller.inside', 0, 'gone', id, 1, 'SIGKILL' from e`);
    await app.drain({ dead: 'allowed' });
    expect(await states()).toEqual([{ listener: 'seller.inside', states: ['dead'] }]);
    expect(Mourner.said).toHaveLength(STRIKES);
    expect(await app.query('select kind, instance, message from banyan.attempts')).toEqual([
      {
        kind: 'crash',
        instance: 'gone-1',
        message: expect.stringMatching(/ended its process.*lost its unit of work 3 times/),
      },
    ]);
  });

  it('that fails at the commit is left out, and takes no neighbour along', async () => {
    await app.query(`create function seller.refuse() returns trigger language plpgsql as
      $$ begin if new.n = 2 then raise exception 'not at this commit'; end if; return new; end $$`);
    await app.query(`create constraint trigger refuse after insert on seller.farewell_notes
      deferrable initially deferred for each row when (new.listener = 'farewell') execute function seller.refuse()`);
    await app.query(`select setval('seller.cuts', 5)`);
    for (const n of [1, 2, 3])
      await app.publish(Asked, { n, ...(n === 2 && { mood: 'fails at the commit' }) });
    await app.drain({ dead: 'allowed' });
    expect(await notes()).toEqual(LISTENERS.flatMap((name) => [`${name} 1`, `${name} 3`]));
    for (const { message } of await messages())
      expect(message).toBe(
        'no (and its whenDead failed: it has lost its unit of work 3 times, not at this commit)',
      );
    expect(Mourner.said.length).toBeLessThan(15);
    await app.query('drop function seller.refuse cascade');
  });

  it('only once is said in the end', async () => {
    await app.query(`select setval('seller.cuts', 1, false)`);
    await app.publish(Asked, { n: 2, mood: 'at first' });
    await app.drain({ dead: 'allowed' });
    expect(await notes()).toEqual(LISTENERS.map(() => 'farewell 2'));
    expect(Mourner.said).toHaveLength(LISTENERS.length + 1);
    expect(await messages()).toEqual(LISTENERS.map(() => ({ message: 'no' })));
  });
});
