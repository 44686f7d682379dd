import type { Backend, RunningModules } from '#testing';
import { UnitsOfWork } from '../work/units-of-work.js';
import { Ledger, Paid, Rig, type Till } from './events.sample.js';

describe.each<Backend>(['postgres', 'redis'])('events on BullMQ over %s', (backend) => {
  let rig: Rig;
  let app: RunningModules;
  let till: Till;
  const notes = (listener: string) => rig.notes(listener);
  const deliveries = (listener: string) => rig.deliveries(listener);

  beforeAll(async () => {
    rig = await Rig.start(backend);
    ({ app, till } = rig);
  });
  beforeEach(() => rig.clear());
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
