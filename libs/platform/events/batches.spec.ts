import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { because } from './heard.js';
import { type Heard, ListensInBatches, type NotDone } from './listens.js';

const Counted = event('TestCounted', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string(), mood: z.string().optional() }),
  key: ({ who }) => who,
});
const Summed = event('TestSummed', { from: 'seller', schema: z.object({ n: z.number() }) });
type CountedHeard = Heard<{ n: number; who: string; mood?: string }>;

/** Rows without a unique key, so that a second effect shows; one statement for all of a batch. */
const NOTE = `insert into seller.batch_notes (listener, n, who)
select $1, n, who from json_to_recordset($2) as r(n int, who text)`;

@Injectable()
class Counter {
  /** Ids that each call of the unordered listener was handed. */
  static calls: number[][] = [];

  @ListensInBatches({
    name: 'seller.batch-ordered',
    to: Counted,
    ordered: true,
    attempts: 3,
    pace: { batch: 50 },
    skip: skipped,
  })
  async inOrder(heard: readonly CountedHeard[], unit: Unit): Promise<readonly NotDone[]> {
    return note('ordered', heard, unit);
  }

  @ListensInBatches({ name: 'seller.batch-any', to: Counted, attempts: 3, skip: skipped })
  async any(heard: readonly CountedHeard[], unit: Unit): Promise<readonly NotDone[]> {
    Counter.calls.push(heard.map(({ payload }) => payload.n));
    for (const each of heard) because(each, () => unit.publish(Summed, { n: each.payload.n }));
    return note('any', heard, unit);
  }
}

function skipped({ payload }: CountedHeard): string | undefined {
  if (payload.mood === 'breaks the filter') throw new TypeError('the filter is broken');
  return payload.n < 0 ? `${payload.n} is not counted` : undefined;
}

/** Leaves out, and names, what it knows to fail. */
async function note(listener: string, heard: readonly CountedHeard[], unit: Unit): Promise<NotDone[]> {
  const named = heard.filter(({ payload, attempt }) => payload.mood === 'named once' && attempt === 1);
  const taken = heard.filter((each) => !named.includes(each)).map(({ payload }) => payload);
  await unit.query(NOTE, [listener, JSON.stringify(taken)]);
  for (const { payload, attempt } of heard) {
    if (payload.mood === 'bug') throw new TypeError(`${payload.n} is broken`);
    if (payload.mood === 'fails once' && attempt === 1) throw new Error('not yet');
  }
  const twice = named.filter(({ payload }) => payload.n < 3);
  return [...named, ...twice].map((each) => ({ heard: each, error: new Error('named') }));
}

@Module({ imports: [WorkModule.as('seller')], providers: [Counter] })
class SellerModule {}
@Injectable()
class Till {
  constructor(readonly work: UnitOfWork) {}
}
@Module({ imports: [WorkModule.as('customer')], providers: [Till] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('batches over %s', (backend) => {
  let app: RunningModules;
  const notes = (listener: string) =>
    app.query<{ n: number; who: string; tx: string }>(
      'select n, who, xmin::text as tx from seller.batch_notes where listener = $1 order by id',
      [listener],
    );
  const states = (listener: string) =>
    app.query<{ n: number; state: string; reason: string | null }>(
      `select (e.payload->>'n')::int as n, d.state, d.reason from banyan.deliveries d
       join banyan.events e on e.id = d.event_id where d.listener = $1 order by d.event_id`,
      [listener],
    );
  /** Publishes in one unit of work, so that all are there at once. */
  async function publish(payloads: { n: number; who: string; mood?: string }[]): Promise<void> {
    await app.get(Till).work.run(async (unit) => {
      for (const payload of payloads) unit.publish(Counted, payload);
    });
    await app.drain({ dead: 'allowed' });
  }

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query(
      'create table seller.batch_notes (id bigint generated always as identity, listener text, n int, who text)',
    );
    await app.query('grant insert, select on seller.batch_notes to banyan_seller');
    await app.query(`create function seller.batch_refuse() returns trigger language plpgsql as
      $$ begin if new.who = 'fails at commit' then raise exception 'not at this commit'; end if; return new; end $$`);
    await app.query(`create constraint trigger batch_refuse after insert on seller.batch_notes
      deferrable initially deferred for each row execute function seller.batch_refuse()`);
  });
  beforeEach(async () => {
    for (const table of ['banyan.deliveries', 'banyan.attempts', 'banyan.events', 'seller.batch_notes'])
      await app.query(`delete from ${table}`);
    Counter.calls = [];
  });
  afterAll(() => app?.stop());

  it('hand over many at once, each once, and each key in its order', async () => {
    await publish(Array.from({ length: 300 }, (_, n) => ({ n, who: `k${n % 7}` })));
    for (const listener of ['ordered', 'any']) {
      const rows = await notes(listener);
      expect(rows.map(({ n }) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n));
      expect(new Set(rows.map(({ tx }) => tx)).size).toBeLessThan(40);
    }
    for (let k = 0; k < 7; k++) {
      const of = (await notes('ordered')).filter(({ who }) => who === `k${k}`).map(({ n }) => n);
      expect(of).toEqual([...of].sort((a, b) => a - b));
    }
    expect(Math.max(...Counter.calls.map((call) => call.length))).toBeGreaterThan(40);
    expect(Math.max(...Counter.calls.map((call) => call.length))).toBeLessThanOrEqual(100);
  });

  it('are divided when one fails: it dies alone, its neighbours are done, and its key waits', async () => {
    await publish(
      Array.from({ length: 60 }, (_, n) => ({
        n,
        who: n === 20 || n === 40 ? 'stuck' : `k${n}`,
        mood: n === 20 ? 'bug' : undefined,
      })),
    );
    const others = Array.from({ length: 60 }, (_, n) => n).filter((n) => n !== 20);
    expect((await notes('any')).map(({ n }) => n).sort((a, b) => a - b)).toEqual(others);
    expect((await notes('ordered')).map(({ n }) => n)).not.toContain(40);
    const left = (await states('seller.batch-ordered')).filter(({ state }) => state !== 'done');
    expect(left).toEqual([
      { n: 20, state: 'dead', reason: 'bug: 20 is broken' },
      { n: 40, state: 'pending', reason: null },
    ]);
    // Of the batch with the broken one (15 in its lane): all, and then halves down to one.
    expect(Counter.calls.filter((call) => call.includes(20)).length).toBeLessThanOrEqual(6);
  });

  it('need not be divided when the listener names what failed: each once, and the order of the key', async () => {
    await publish(
      Array.from({ length: 40 }, (_, n) => ({
        n,
        who: `k${n % 4}`,
        mood: n === 5 || n === 9 ? 'named once' : undefined,
      })),
    );
    const all = Array.from({ length: 40 }, (_, n) => n);
    expect((await notes('any')).map(({ n }) => n).sort((a, b) => a - b)).toEqual(all);
    const rows = await notes('ordered');
    expect(rows.map(({ n }) => n).sort((a, b) => a - b)).toEqual(all);
    expect(rows.filter(({ who }) => who === 'k1').map(({ n }) => n)).toEqual([
      1, 5, 9, 13, 17, 21, 25, 29, 33, 37,
    ]);
    // Once with its neighbours, and once again.
    expect(Counter.calls.filter((call) => call.includes(5))).toHaveLength(2);
    const attempts = await app.query<{ message: string }>(
      `select message from banyan.attempts where listener = 'seller.batch-any'`,
    );
    expect(attempts).toEqual([{ message: 'named' }, { message: 'named' }]);
  });

  it('count one that the listener names twice once', async () => {
    await publish([1, 2, 3].map((n) => ({ n, who: `k${n}`, mood: n === 2 ? 'named once' : undefined })));
    for (const listener of ['ordered', 'any']) {
      const all = (await notes(listener)).map(({ n }) => n).sort();
      expect(all).toEqual([1, 2, 3]);
      const told = `select attempt from banyan.attempts where listener = 'seller.batch-${listener}'`;
      expect(await app.query(told)).toEqual([{ attempt: 1 }]);
    }
  });

  it('try one again that failed once, and keep the order of its key', async () => {
    await publish(
      Array.from({ length: 40 }, (_, n) => ({
        n,
        who: `k${n % 4}`,
        mood: n === 5 ? 'fails once' : undefined,
      })),
    );
    const rows = await notes('ordered');
    expect(rows.filter(({ who }) => who === 'k1').map(({ n }) => n)).toEqual([
      1, 5, 9, 13, 17, 21, 25, 29, 33, 37,
    ]);
    expect(rows).toHaveLength(40);
    expect(
      await app.query(`select attempt from banyan.attempts where listener = 'seller.batch-ordered'`),
    ).toEqual([{ attempt: 1 }]);
  });

  it('leave out what is skipped, with its reason, and what breaks the filter, as its own failure', async () => {
    await publish([
      { n: 1, who: 'a' },
      { n: -2, who: 'b' },
      { n: 3, who: 'c', mood: 'breaks the filter' },
      { n: 4, who: 'd' },
    ]);
    expect(await states('seller.batch-any')).toEqual([
      { n: 1, state: 'done', reason: null },
      { n: -2, state: 'skipped', reason: '-2 is not counted' },
      { n: 3, state: 'dead', reason: 'bug: the filter is broken' },
      { n: 4, state: 'done', reason: null },
    ]);
  });

  it('find the one that fails at the commit', async () => {
    await publish([
      { n: 1, who: 'a' },
      { n: 2, who: 'fails at commit' },
      { n: 3, who: 'c' },
    ]);
    expect((await states('seller.batch-ordered')).map(({ n, state }) => [n, state])).toEqual([
      [1, 'done'],
      [2, 'dead'],
      [3, 'done'],
    ]);
  });

  it('publish on account of one of them: its cause, its conversation, its trace; nothing of a failed call', async () => {
    await publish(
      Array.from({ length: 20 }, (_, n) => ({ n, who: 'a', mood: n === 7 ? 'fails once' : undefined })),
    );
    const rows = await app.query<{ n: number; cause: number; same: boolean; hops: number }>(
      `select (s.payload->>'n')::int as n, (c.payload->>'n')::int as cause, s.hops, s.conversation = c.id
         and split_part(s.traceparent, '-', 2) = split_part(c.traceparent, '-', 2) as same
       from banyan.events s join banyan.events c on c.id = s.causation where s.type = 'TestSummed' order by 1`,
    );
    expect(rows).toEqual(Array.from({ length: 20 }, (_, n) => ({ n, cause: n, hops: 1, same: true })));
    expect(await app.query(`select from banyan.events where type = 'TestSummed'`)).toHaveLength(20);
  });
});
