import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { Refusal } from '../seam/refusal.js';
import { callContext } from '../telemetry/call-context.js';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { UnitsOfWork } from '../work/units-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensOutside } from './listens.js';

const Paid = event('TestPaid', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string(), mood: z.string().optional() }),
  key: (paid) => paid.who,
});
const Thanked = event('TestThanked', { from: 'seller', schema: z.object({ n: z.number() }) });
const GaveUp = event('TestGaveUp', { from: 'seller', schema: z.object({ n: z.number(), why: z.string() }) });
type PaidHeard = Heard<{ n: number; who: string; mood?: string }>;

/** What the listeners below did: rows without a unique key, so that a double shows. */
const NOTE = 'insert into seller.test_notes (listener, n, who) values ($1, $2, $3)';

@Injectable()
class Ledger {
  static contexts: { n: number; traceId: string; causation?: string; conversation?: string; hops: number }[] =
    [];
  static duringCall: (() => Promise<unknown>) | undefined;
  static outside: { id: string; attempt: number; inUnit: boolean }[] = [];

  @Listens({ name: 'seller.in-order', to: Paid, ordered: true, attempts: 3, whenDead: Ledger.tellGaveUp })
  async inOrder(heard: PaidHeard, unit: Unit): Promise<void> {
    const { n, who, mood } = heard.payload;
    await unit.query(NOTE, ['in-order', n, who]);
    if (mood === 'fails once' && heard.attempt === 1) throw new Error('not yet');
    if (mood === 'always fails') throw new Error('never');
    if (mood === 'refused') throw new Refusal('seller.refused', 'conflict', 'We do not want it.');
    if (mood === 'kills its connection') await unit.query('select pg_terminate_backend(pg_backend_pid())');
    if (mood === 'bug') (undefined as unknown as { x: { y: number } }).x.y = 1;
  }

  @Listens({
    name: 'seller.thanks',
    to: Paid,
    skip: ({ payload }) => (payload.n < 0 ? 'nothing to thank for' : undefined),
  })
  async thanks(heard: PaidHeard, unit: Unit): Promise<void> {
    const context = callContext();
    if (context) {
      const { causation, conversation, hops, trace } = context;
      Ledger.contexts.push({ n: heard.payload.n, traceId: trace.traceId, causation, conversation, hops });
    }
    await unit.query(NOTE, ['thanks', heard.payload.n, heard.payload.who]);
    unit.publish(Thanked, { n: heard.payload.n });
    if (heard.payload.mood === 'thanks fails once' && heard.attempt === 1) throw new Error('not yet');
  }

  @ListensOutside({ name: 'seller.calls-out', to: Thanked })
  async callsOut(heard: Heard<{ n: number }>): Promise<(unit: Unit) => Promise<void>> {
    const inUnit = (await import('../work/ambient.js')).currentUnit() !== undefined;
    await Ledger.duringCall?.();
    Ledger.outside.push({ id: heard.id, attempt: heard.attempt, inUnit });
    if (heard.payload.n === 77 && heard.attempt === 1) throw new Error('the line is dead');
    return async (unit) => {
      await unit.query(NOTE, ['calls-out', heard.payload.n, '']);
    };
  }

  static tellGaveUp(heard: PaidHeard, unit: Unit, error: Error): void {
    unit.publish(GaveUp, { n: heard.payload.n, why: error.message });
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Ledger] })
class SellerModule {}

@Injectable()
class Till {
  constructor(readonly work: UnitOfWork) {}
}

@Module({ imports: [WorkModule.as('customer')], providers: [Till] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('events on BullMQ over %s', (backend) => {
  let app: RunningModules;
  let till: Till;
  const notes = (listener: string) =>
    app.query<{ n: number; who: string; tx: string }>(
      'select n, who, xmin::text as tx from seller.test_notes where listener = $1 order by id',
      [listener],
    );
  const deliveries = (listener: string) =>
    app.query<{ state: string; attempts: number; reason: string | null; n: number }>(
      `select d.state, d.attempts, d.reason, (e.payload->>'n')::int as n from banyan.deliveries d
       join banyan.events e on e.id = d.event_id where d.listener = $1 order by d.event_id`,
      [listener],
    );

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    till = app.get(Till);
    await app.query(
      `create table seller.test_notes (id bigint generated always as identity, listener text, n int, who text)`,
    );
    await app.query('grant insert, select on seller.test_notes to banyan_seller');
    await app.query(`create function seller.test_refuse() returns trigger language plpgsql as
      $$ begin if new.who = 'fails at commit' and new.listener = 'in-order' then raise exception 'not at this commit'; end if; return new; end $$`);
    await app.query(`create constraint trigger test_refuse after insert on seller.test_notes
      deferrable initially deferred for each row execute function seller.test_refuse()`);
  });
  beforeEach(async () => {
    await app.query('truncate seller.test_notes, banyan.events, banyan.deliveries, banyan.attempts');
    Ledger.contexts = [];
    Ledger.outside = [];
    Ledger.duringCall = undefined;
  });
  afterAll(() => app?.stop());

  it('brings an event to every listener, once', async () => {
    await app.publish(Paid, { n: 1, who: 'ada' });
    await app.drain();
    expect((await notes('in-order')).map((row) => row.n)).toEqual([1]);
    expect((await notes('thanks')).map((row) => row.n)).toEqual([1]);
    expect((await notes('calls-out')).map((row) => row.n)).toEqual([1]);
  });

  it('publishes nothing when the unit of work rolls back', async () => {
    await expect(
      till.work.run(async (unit) => {
        unit.publish(Paid, { n: 2, who: 'ada' });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await app.query('select from banyan.events')).toHaveLength(0);
    expect(await app.query('select from banyan.deliveries')).toHaveLength(0);
  });

  it('does not run a listener again because its sibling failed', async () => {
    await app.publish(Paid, { n: 3, who: 'ada', mood: 'fails once' });
    await app.drain();
    expect(await notes('thanks')).toHaveLength(1);
    expect(await notes('in-order')).toHaveLength(1); // the first attempt's row was rolled back with it
    expect((await deliveries('seller.in-order'))[0]).toMatchObject({ state: 'done', attempts: 1 });
  });

  it('drops what a failed attempt published', async () => {
    await app.publish(Paid, { n: 4, who: 'ada', mood: 'thanks fails once' });
    await app.drain();
    expect(await app.query(`select from banyan.events where type = 'TestThanked'`)).toHaveLength(1);
  });

  it('has one effect however often it is woken', async () => {
    const { Waker } = await import('./wake/waker.js');
    const waker = app.get(Waker);
    const lanes = Array.from({ length: 8 }, (_, partition) => ({ listener: 'seller.in-order', partition }));
    for (let n = 0; n < 50; n++) {
      await app.publish(Paid, { n, who: `w${n % 5}` });
      waker.wake([...lanes, ...lanes]);
      for (const lane of lanes) waker.wakeLater(lane, 5);
    }
    await app.drain();
    expect((await notes('in-order')).map((row) => row.n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  it('finds deliveries that nobody was woken for', async () => {
    // A row as a process leaves it that dies between its commit and the wake-up.
    await app.query(
      `with e as (insert into banyan.events (type, version, module, key, payload, traceparent)
         values ('TestPaid', 1, 'customer', 'ada', '{"n": 9, "who": "ada"}', '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01') returning id)
       insert into banyan.deliveries (listener, event_id, key, partition) select 'seller.in-order', id, 'ada', 3 from e`,
    );
    await app.drain();
    expect((await notes('in-order')).map((row) => row.n)).toEqual([9]);
  });

  it('keeps the order of a key through a retry, while other keys flow', async () => {
    for (let n = 0; n < 6; n++)
      await app.publish(Paid, { n, who: 'slow', mood: n === 1 ? 'fails once' : undefined });
    for (let n = 10; n < 16; n++) await app.publish(Paid, { n, who: 'quick' });
    await app.drain();
    const rows = await notes('in-order');
    expect(rows.filter((row) => row.who === 'slow').map((row) => row.n)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.filter((row) => row.who === 'quick').map((row) => row.n)).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it('numbers events of one key in the order of their commits', async () => {
    // Each unit notes its event inside its transaction; rows of one key must become visible in the order of their ids.
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        till.work.run(async (unit) => {
          await unit.query('select pg_sleep($1)', [Math.random() / 50]);
          unit.publish(Paid, { n, who: 'same' });
        }),
      ),
    );
    await app.drain();
    const published = await app.query<{ n: number }>(
      `select (payload->>'n')::int as n from banyan.events where type = 'TestPaid' order by id`,
    );
    expect((await notes('in-order')).map((row) => row.n)).toEqual(published.map((row) => row.n));
  });

  it('tries a fault again, and then lets it die with all its attempts, telling the rest of the system', async () => {
    await app.publish(Paid, { n: 20, who: 'ada', mood: 'always fails' });
    await app.drain({ dead: 'allowed' });
    expect((await deliveries('seller.in-order'))[0]).toMatchObject({
      state: 'dead',
      attempts: 3,
      reason: 'fault: never',
    });
    const attempts = await app.query<{ attempt: number; message: string; kind: string }>(
      'select attempt, kind, message from banyan.attempts order by attempt',
    );
    expect(attempts).toEqual([1, 2, 3].map((attempt) => ({ attempt, kind: 'fault', message: 'never' })));
    const [gaveUp] = await app.query<{ payload: unknown }>(
      `select payload from banyan.events where type = 'TestGaveUp'`,
    );
    expect(gaveUp?.payload).toEqual({ n: 20, why: 'never' });
    expect(await notes('in-order')).toHaveLength(0);
  });

  it.each([
    ['a refusal', 'refused', 'refusal'],
    ['a bug', 'bug', 'bug'],
  ])('never tries %s again', async (_, mood, kind) => {
    await app.publish(Paid, { n: 21, who: 'ada', mood });
    await app.drain({ dead: 'allowed' });
    expect((await deliveries('seller.in-order'))[0]).toMatchObject({ state: 'dead', attempts: 1 });
    expect(await app.query('select kind from banyan.attempts')).toEqual([{ kind }]);
  });

  it('holds up what stands behind a dead delivery of its key, and nothing else', async () => {
    await app.publish(Paid, { n: 1, who: 'stuck', mood: 'bug' });
    await app.publish(Paid, { n: 2, who: 'stuck' });
    await app.publish(Paid, { n: 3, who: 'free' });
    await app.drain({ dead: 'allowed' });
    const states = (await deliveries('seller.in-order')).map(({ n, state }) => [n, state]);
    expect(states).toEqual([
      [1, 'dead'],
      [2, 'pending'],
      [3, 'done'],
    ]);
  });

  it('handles a backlog in shared transactions, and a failing one among them costs the others nothing', async () => {
    await till.work.run(async (unit) => {
      for (let n = 0; n < 200; n++)
        unit.publish(Paid, { n, who: `k${n}`, mood: n === 50 ? 'always fails' : undefined });
    });
    await app.drain({ dead: 'allowed' });
    const rows = await notes('in-order');
    expect(rows.map((row) => row.n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, n) => n).filter((n) => n !== 50),
    );
    expect(new Set(rows.map((row) => row.tx)).size).toBeLessThan(150);
  });

  it('records why a listener skipped an event', async () => {
    await app.publish(Paid, { n: -5, who: 'ada' });
    await app.drain();
    expect((await deliveries('seller.thanks'))[0]).toMatchObject({
      state: 'skipped',
      reason: 'nothing to thank for',
    });
    expect(await notes('thanks')).toHaveLength(0);
  });

  it('calls the outside world with no transaction open, and again under the same id after a failure', async () => {
    await app.publish(Paid, { n: 77, who: 'ada' });
    await app.drain();
    expect(Ledger.outside.map(({ attempt, inUnit }) => [attempt, inUnit])).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(new Set(Ledger.outside.map((call) => call.id)).size).toBe(1);
    expect(await notes('calls-out')).toHaveLength(1);
  });

  it('carries trace, conversation and cause along', async () => {
    const id = await app.publish(Paid, { n: 30, who: 'ada' });
    await app.drain();
    const events = await app.query<{
      type: string;
      id: string;
      trace: string;
      conversation: string | null;
      causation: string | null;
      hops: number;
    }>(
      `select type, id, split_part(traceparent, '-', 2) as trace, conversation, causation, hops from banyan.events order by id`,
    );
    const [paid, thanked] = events;
    expect(paid).toMatchObject({ type: 'TestPaid', conversation: null, causation: null, hops: 0 });
    expect(thanked).toMatchObject({
      type: 'TestThanked',
      conversation: id,
      causation: id,
      hops: 1,
      trace: paid?.trace,
    });
    expect(Ledger.contexts).toEqual([
      { n: 30, traceId: paid?.trace, causation: id, conversation: id, hops: 1 },
    ]);
  });

  it('takes up again what a lost connection interrupted, without counting an attempt', async () => {
    const killed = app.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'test%'
         and application_name not like '%queue%' and pid <> pg_backend_pid()`,
    );
    const published = Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        till.work.run(async (unit) => unit.publish(Paid, { n, who: `k${n}` })),
      ),
    );
    await Promise.all([killed, published]);
    await app.publish(Paid, { n: 99, who: 'after' });
    await app.drain();
    const ids = await app.query<{ n: number }>(
      `select (payload->>'n')::int as n from banyan.events where type = 'TestPaid' order by 1`,
    );
    expect((await notes('in-order')).map((row) => row.n).sort((a, b) => a - b)).toEqual(
      ids.map((row) => row.n),
    );
    expect(await app.query('select from banyan.attempts')).toHaveLength(0);
  });

  it('counts what a unit fails of at its commit as the attempt of the delivery that it fails of', async () => {
    await till.work.run(async (unit) => {
      unit.publish(Paid, { n: 1, who: 'fails at commit' });
      for (let n = 2; n < 6; n++) unit.publish(Paid, { n, who: `k${n}` });
    });
    await app.drain({ dead: 'allowed' });
    const states = (await deliveries('seller.in-order')).map(({ n, state }) => [n, state]);
    expect(states).toEqual([
      [1, 'dead'],
      [2, 'done'],
      [3, 'done'],
      [4, 'done'],
      [5, 'done'],
    ]);
    expect(await app.query(`select message from banyan.attempts where listener = 'seller.in-order'`)).toEqual(
      Array.from({ length: 3 }, () => ({ message: 'not at this commit' })),
    );
  });

  it('does not try a delivery for ever that loses its connection every time', async () => {
    await app.publish(Paid, { n: 1, who: 'ada', mood: 'kills its connection' });
    await app.publish(Paid, { n: 2, who: 'bob' });
    await app.drain({ dead: 'allowed' });
    const states = (await deliveries('seller.in-order')).map(({ n, state }) => [n, state]);
    expect(states).toEqual([
      [1, 'dead'],
      [2, 'done'],
    ]);
  });

  it('records nothing for a call whose lease has passed to somebody else', async () => {
    let overtaken = false;
    Ledger.duringCall = async () => {
      if (overtaken) return;
      overtaken = true;
      await app.query(
        `update banyan.deliveries set due_at = clock_timestamp() where listener = 'seller.calls-out'`,
      );
    };
    await app.publish(Paid, { n: 5, who: 'ada' });
    await app.drain();
    expect(Ledger.outside).toHaveLength(2);
    expect(await notes('calls-out')).toHaveLength(1);
    expect(await app.query('select from banyan.attempts')).toHaveLength(0);
  });

  it('leaves events that this code does not know for the code that does', async () => {
    await app.query(
      `with e as (insert into banyan.events (type, version, module, key, payload, traceparent)
         values ('TestComesLater', 1, 'customer', 'x', '{}', '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01') returning id)
       insert into banyan.deliveries (listener, event_id, partition) select 'seller.thanks', id, 0 from e`,
    );
    await app.publish(Paid, { n: 6, who: 'ada' });
    while ((await notes('thanks')).length === 0) await new Promise(setImmediate);
    const [waiting] =
      await app.query(`select state from banyan.deliveries d join banyan.events e on e.id = d.event_id
      where e.type = 'TestComesLater'`);
    expect(waiting).toEqual({ state: 'pending' });
  });

  it('refuses to change the lanes of a listener while deliveries wait under the old ones', async () => {
    const { registerListeners } = await import('./sql/register-listeners.js');
    const { DataSource } = await import('typeorm');
    const changed = {
      name: 'seller.test-lanes',
      module: 'seller',
      partitions: 1,
      types: [Paid],
      options: { ordered: true },
    };
    await app.query(
      `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.test-lanes', 'seller', true, 4)`,
    );
    await app.query(
      `insert into banyan.deliveries (listener, event_id, partition, key) values ('seller.test-lanes', 1, 3, 'k')`,
    );
    const register = () => registerListeners(app.get(DataSource), [changed as never]);
    await expect(register()).rejects.toThrow(/seller.test-lanes \(1 waiting\)/);
    await app.query(`delete from banyan.deliveries where listener = 'seller.test-lanes'`);
    await register();
    await app.query(`delete from banyan.subscriptions where listener = 'seller.test-lanes'`);
    await app.query(`delete from banyan.listeners where name = 'seller.test-lanes'`);
  });

  it('refuses an event of another module, and a payload that does not fit', async () => {
    const units = app.get(UnitsOfWork);
    await expect(
      units.of('seller').run(async (unit) => unit.publish(Paid, { n: 1, who: 'x' })),
    ).rejects.toThrow(/only customer may publish/);
    await expect(till.work.run(async (unit) => unit.publish(Paid, { n: 'one' } as never))).rejects.toThrow(
      /TestPaid.*does not fit its schema: n/,
    );
  });
});
