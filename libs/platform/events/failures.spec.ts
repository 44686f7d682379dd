import type { Backend, RunningModules } from '#testing';
import { Ledger, Paid, Rig, type Till } from './events.sample.js';

describe.each<Backend>(['postgres', 'redis'])('deliveries that fail, on BullMQ over %s', (backend) => {
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

  it('keeps no secret that stood in a message', async () => {
    await app.publish(Paid, { n: 22, who: 'ada', mood: 'indiscreet' });
    await app.drain({ dead: 'allowed' });
    const kept = await app.query<{ text: string }>(
      'select a::text || d::text as text from banyan.attempts a join banyan.deliveries d using (listener, event_id)',
    );
    expect(kept[0]?.text).toContain('postgres://[hidden]@db:5432 refuses password=[hidden] of [card number]');
    expect(kept[0]?.text).not.toMatch(/hunter2|4111/);
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
    const [told] = await app.query<{ message: string }>('select message from banyan.attempts limit 1');
    expect(told?.message).toMatch(/terminat/);
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
});
