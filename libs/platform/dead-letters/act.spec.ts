import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { event } from '../events/event.js';
import { type Heard, Listens } from '../events/listens.js';
import type { Unit } from '../work/unit.js';
import { WorkModule } from '../work/work.module.js';
import { discard, groupDead, membersOf, replay, resolve, restore, showDelivery } from './index.js';

const Ordered = event('ActTestOrdered', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string(), fails: z.string().optional() }),
  key: ({ who }) => who,
});

/** A row without a unique key, so that a second effect shows. */
const NOTE = 'insert into seller.act_notes (n, who) values ($1, $2)';
const LISTENER = 'seller.act-test';
const ADA = { who: 'ada' };

@Injectable()
class Notes {
  /** Whether what fails is mended by now. */
  static mended = false;
  /** Holds up event 100 in the middle of its work. */
  static gate: Promise<void> = Promise.resolve();
  /** Told when it has come to the gate: the lane is held then. */
  static arrives: () => void = () => undefined;

  @Listens({ name: LISTENER, to: Ordered, ordered: true, attempts: 2 })
  async note({ payload }: Heard<{ n: number; who: string; fails?: string }>, unit: Unit): Promise<void> {
    await unit.query(NOTE, [payload.n, payload.who]);
    if (payload.n === 100) {
      Notes.arrives();
      await Notes.gate;
    }
    if (payload.fails === 'bug' && !Notes.mended) throw new TypeError(`note ${payload.n} is broken`);
    if (payload.fails === 'fault' && !Notes.mended) throw new Error(`no line to "${payload.who}"`);
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Notes] })
class SellerModule {}

@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('dead letters over %s', (backend) => {
  let app: RunningModules;
  let client: Client;
  const others: Client[] = [];
  const connect = async () => {
    const other = new Client({ connectionString: app.database.url });
    await other.connect();
    others.push(other);
    return other;
  };
  const notes = async () =>
    (await app.query<{ n: number }>('select n from seller.act_notes order by id')).map(({ n }) => n);
  const states = async () =>
    (await app.query<{ state: string }>('select state from banyan.deliveries order by event_id')).map(
      ({ state }) => state,
    );
  const actions = () =>
    app.query<{ action: string; who: string; event_id: string }>(
      'select * from banyan.dead_letter_actions order by id',
    );
  const of = (eventId: string) => ({ listener: LISTENER, eventId });

  /** Publishes events of one key, one after the other, and waits until nothing can be done any more. */
  async function publish(...fails: (string | undefined)[]): Promise<string[]> {
    const ids: string[] = [];
    for (const [n, each] of fails.entries())
      ids.push(await app.publish(Ordered, { n, who: 'key', fails: each }));
    await app.drain({ dead: 'allowed' });
    return ids;
  }

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query(
      'create table seller.act_notes (id bigint generated always as identity, n int, who text)',
    );
    await app.query('grant insert, select on seller.act_notes to banyan_seller');
    client = await connect();
  });
  beforeEach(async () => {
    // The table of actions refuses to be emptied; a test may switch that off.
    await app.query('alter table banyan.dead_letter_actions disable trigger user');
    await app.query(
      'truncate seller.act_notes, banyan.events, banyan.deliveries, banyan.attempts, banyan.dead_letter_actions',
    );
    await app.query('alter table banyan.dead_letter_actions enable trigger user');
    Notes.mended = false;
  });
  afterAll(async () => {
    await Promise.all(others.map((other) => other.end()));
    await app?.stop();
  });

  it('are delivered once more when they are replayed, attempts are counted on, and what waited follows in order', async () => {
    const [head] = await publish('fault', undefined, undefined);
    expect(await states()).toEqual(['dead', 'pending', 'pending']);
    Notes.mended = true;
    const target = of(head as string);
    expect(await replay(client, [target], { ...ADA, why: 'the line is back' })).toEqual([
      { ...target, before: 'dead', after: 'pending', waitsBehind: null },
    ]);
    await app.drain();
    expect(await notes()).toEqual([0, 1, 2]);
    const story = await showDelivery(client, LISTENER, head as string);
    expect(story).toMatchObject({ state: 'done', failedAttempts: 2, cause: null, waiting: 0 });
    expect(story?.attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(story?.actions).toMatchObject([
      {
        action: 'replay',
        who: 'ada',
        why: 'the line is back',
        before: 'dead',
        after: 'pending',
        attempts: 2,
      },
    ]);
  });

  it('die again when nothing was mended, with the number of the next attempt', async () => {
    const [head] = await publish('bug');
    await replay(client, [of(head as string)], ADA);
    await app.drain({ dead: 'allowed' });
    const story = await showDelivery(client, LISTENER, head as string);
    expect(story).toMatchObject({
      state: 'dead',
      failedAttempts: 2,
      cause: { errorClass: 'TypeError', message: 'note # is broken' },
    });
    expect(story?.attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(await notes()).toEqual([]);
  });

  it('are replayed by one of ten operators who do so at once, and have one effect', async () => {
    const [head] = await publish('bug');
    Notes.mended = true;
    const operators = await Promise.all(Array.from({ length: 10 }, connect));
    const acted = await Promise.all(
      operators.map((operator, n) => replay(operator, [of(head as string)], { who: `operator ${n}` })),
    );
    expect(acted.flat()).toHaveLength(1);
    await app.drain();
    expect(await notes()).toEqual([0]);
    expect(await actions()).toHaveLength(1);
  });

  it('are either replayed or discarded when two operators want different things', async () => {
    const ids = await publish('bug');
    Notes.mended = true;
    const [one, two] = await Promise.all([connect(), connect()]);
    const [replayed, discarded] = await Promise.all([
      replay(one, ids.map(of), ADA),
      discard(two, ids.map(of), { who: 'bob', why: 'not needed' }),
    ]);
    expect(replayed.length + discarded.length).toBe(1);
    await app.drain();
    expect(await notes()).toHaveLength(replayed.length);
    expect(await actions()).toHaveLength(1);
  });

  it('have no second effect: what is done, pending or discarded can not be replayed', async () => {
    const [, broken] = await publish(undefined, 'bug', undefined);
    await discard(client, [of(broken as string)], { ...ADA, why: 'a test' });
    await app.drain();
    const all = (await app.query<{ id: string }>('select event_id as id from banyan.deliveries')).map(
      ({ id }) => of(id),
    );
    expect(await replay(client, all, ADA)).toEqual([]);
    await app.drain();
    expect(await notes()).toEqual([0, 2]);
    expect(await states()).toEqual(['done', 'discarded', 'done']);
  });

  it('let what waits behind them follow when they are discarded or resolved, and keep reason and evidence', async () => {
    const [first, , third] = await publish('bug', undefined, 'bug', undefined);
    await discard(client, [of(first as string)], { ...ADA, why: 'a duplicate' });
    await app.drain({ dead: 'allowed' });
    expect(await notes()).toEqual([1]);
    await resolve(client, [of(third as string)], { who: 'bob', why: 'paid by hand, receipt 17' });
    await app.drain();
    expect(await notes()).toEqual([1, 3]);
    const kept = await app.query(
      `select state, reason from banyan.deliveries where state not in ('done') order by event_id`,
    );
    expect(kept).toEqual([
      { state: 'discarded', reason: 'ada: a duplicate' },
      { state: 'resolved', reason: 'bob: paid by hand, receipt 17' },
    ]);
    expect(await actions()).toMatchObject([
      {
        action: 'discard',
        who: 'ada',
        why: 'a duplicate',
        reason_before: 'bug: note 0 is broken',
        state_before: 'dead',
        state_after: 'discarded',
      },
      { action: 'resolve', who: 'bob', state_after: 'resolved' },
    ]);
  });

  it('come back from being discarded as they were, and can be replayed then', async () => {
    const [head] = await publish('bug');
    await discard(client, [of(head as string)], { ...ADA, why: 'by mistake' });
    expect((await restore(client, [of(head as string)], { ...ADA, why: 'it was a mistake' })).acted).toEqual([
      { ...of(head as string), before: 'discarded', after: 'dead', waitsBehind: null },
    ]);
    expect(await showDelivery(client, LISTENER, head as string)).toMatchObject({
      state: 'dead',
      reason: 'bug: note 0 is broken',
    });
    Notes.mended = true;
    await replay(client, [of(head as string)], ADA);
    await app.drain();
    expect(await notes()).toEqual([0]);
    expect((await actions()).map(({ action }) => action)).toEqual(['discard', 'restore', 'replay']);
  });

  it('wait behind an earlier one of their key that is dead, also when they are replayed first', async () => {
    const [first, second] = await publish('bug', 'bug', undefined);
    await discard(client, [of(first as string)], { ...ADA, why: 'for now' });
    await app.drain({ dead: 'allowed' });
    await restore(client, [of(first as string)], { ...ADA, why: 'after all' });
    expect(await states()).toEqual(['dead', 'dead', 'pending']);
    Notes.mended = true;
    expect(await replay(client, [of(second as string)], ADA)).toMatchObject([{ waitsBehind: first }]);
    await app.drain({ dead: 'allowed' });
    expect(await notes()).toEqual([]);
    await replay(client, [of(first as string)], ADA);
    await app.drain();
    expect(await notes()).toEqual([0, 1, 2]);
  });

  it('do not come back out of order, unless somebody says that this may be', async () => {
    const [head, next] = await publish('bug', undefined);
    await discard(client, [of(head as string)], { ...ADA, why: 'for now' });
    await app.drain();
    const target = of(head as string);
    expect(await restore(client, [target], { ...ADA, why: 'too late' })).toEqual({
      acted: [],
      outOfOrder: [{ ...target, key: 'key', doneSince: next }],
    });
    expect(await states()).toEqual(['discarded', 'done']);
    expect(
      (await restore(client, [target], { ...ADA, why: 'no matter' }, { outOfOrder: true })).acted,
    ).toHaveLength(1);
    expect(await states()).toEqual(['dead', 'done']);
  });

  it('come back where the order of their keys allows it, and only there', async () => {
    const [late] = await publish('bug', undefined);
    const free = await app.publish(Ordered, { n: 7, who: 'another key', fails: 'bug' });
    await app.drain({ dead: 'allowed' });
    const both = [of(late as string), of(free)];
    await discard(client, both, { ...ADA, why: 'for now' });
    await app.drain();
    expect(await restore(client, both, { ...ADA, why: 'after all' })).toMatchObject({
      acted: [of(free)],
      outOfOrder: [of(late as string)],
    });
    expect(await states()).toEqual(['discarded', 'done', 'dead']);
  });

  it('do not come back while the event behind them is being done: it is waited for, and then it is too late', async () => {
    let open = () => {};
    Notes.gate = new Promise((resolveGate) => {
      open = resolveGate;
    });
    const inWork = new Promise<void>((resolveArrival) => {
      Notes.arrives = resolveArrival;
    });
    const [head] = await publish('bug');
    const next = await app.publish(Ordered, { n: 100, who: 'key' });
    await discard(client, [of(head as string)], { ...ADA, why: 'for now' });
    await inWork;
    const restoring = restore(client, [of(head as string)], { ...ADA, why: 'after all' });
    await until(
      'restoring waits',
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%pg_advisory_xact_lock%'`,
    );
    open();
    expect(await restoring).toMatchObject({ acted: [], outOfOrder: [{ doneSince: next }] });
    expect(await notes()).toEqual([100]);
  });

  it('are looked up in all that was done since without holding up their lanes: what is read while they are held is what is new', async () => {
    const [head] = await publish('bug', undefined);
    await discard(client, [of(head as string)], { ...ADA, why: 'for now' });
    await app.drain();
    const next = await publish(undefined);
    // A slice further, long ago; what lies in the first one is settled.
    await app.query('select banyan.end_slice()');
    await app.query(
      `update banyan.slices set passed_at = clock_timestamp() - interval '2 minutes' where low = 0`,
    );
    await app.publish(Ordered, { n: 8, who: 'another key' });
    await app.drain();
    const read: string[][] = [];
    let held = false;
    const watched = {
      query: async (sql: string, parameters: unknown[] = []) => {
        held ||= sql.includes('pg_advisory_xact_lock');
        if (sql.includes('doneSince')) {
          const { rows } = await client.query(`explain (analyze, costs off) ${sql}`, parameters);
          const plan = rows
            .map((row) => row['QUERY PLAN'] as string)
            .filter((line) => !/never executed/.test(line));
          read.push([held ? 'held' : 'free', ...(plan.join(' ').match(/\bdeliveries_\d+\b/g) ?? [])]);
        }
        return client.query(sql, parameters);
      },
    };
    expect(await restore(watched, [of(head as string)], { ...ADA, why: 'after all' })).toMatchObject({
      outOfOrder: [{ doneSince: next[0] }],
    });
    await app.query('update banyan.slices set passed_at = null');
    expect(read.map(([when]) => when)).toEqual(['free', 'held']);
    expect(read[0]).toContain('deliveries_0');
    expect(read[1]).toContain('deliveries_1');
    expect(read[1]).not.toContain('deliveries_0');
  });

  it('are replayed as a group: those of one cause, the oldest first, and no others', async () => {
    for (let n = 0; n < 5; n++)
      await app.publish(Ordered, { n, who: `key ${n}`, fails: n === 3 ? 'fault' : 'bug' });
    await app.drain({ dead: 'allowed' });
    const groups = await groupDead(client);
    expect(
      groups.map(({ dead, message, errorClass, listeners }) => [dead, errorClass, message, listeners]),
    ).toEqual([
      [4, 'TypeError', 'note # is broken', [{ listener: LISTENER, dead: 4 }]],
      [1, 'Error', 'no line to <value>', [{ listener: LISTENER, dead: 1 }]],
    ]);
    Notes.mended = true;
    const { group } = groups[0] as { group: string };
    const members = await membersOf(client, group);
    const died = await app.query<{ n: number }>(
      `select (payload->>'n')::int as n from banyan.deliveries join banyan.events on id = event_id
       where reason like 'bug%' order by settled_at`,
    );
    expect(await replay(client, members.slice(0, 2), { ...ADA, group })).toHaveLength(2);
    await app.drain({ dead: 'allowed' });
    expect((await notes()).sort()).toEqual([died[0]?.n, died[1]?.n].sort());
    // Those two are done by now; of the four that were looked at, two are left.
    expect(await replay(client, members, { ...ADA, group })).toHaveLength(2);
    await app.drain({ dead: 'allowed' });
    expect((await notes()).sort()).toEqual([0, 1, 2, 4]);
    expect(await app.query('select distinct cause from banyan.dead_letter_actions')).toEqual([
      { cause: group },
    ]);
  });

  it('are left alone when they have died once more since somebody looked', async () => {
    await publish('bug');
    const [group] = await groupDead(client);
    const members = await membersOf(client, group?.group as string);
    await replay(client, members, ADA);
    await app.drain({ dead: 'allowed' });
    expect(await discard(client, members, { ...ADA, why: 'as I saw them' })).toEqual([]);
    expect(await states()).toEqual(['dead']);
  });

  async function until(what: string, sql: string): Promise<void> {
    const end = Date.now() + 10_000;
    while ((await app.query(sql)).length === 0) {
      if (Date.now() > end) throw new Error(`Not so after 10 s: ${what}`);
    }
  }
});
