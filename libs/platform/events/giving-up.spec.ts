import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { waitUntil } from '../embedded/wait-until.js';
import { Refusal } from '../seam/refusal.js';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensInBatches, ListensOutside } from './listens.js';
import { MOST_RACES } from './lost-race.js';
import { THROWN } from './thrown.sample.js';

const Asked = event('GivingUpTestAsked', {
  from: 'customer',
  schema: z.object({ n: z.number(), of: z.string().optional(), mood: z.string().optional() }),
  key: () => 'one lane',
});
type AskedHeard = Heard<{ n: number; of?: string; mood?: string }>;
const NOTE = 'insert into seller.giving_up_notes (listener, n) values ($1, $2)';
const forever = () => new Promise<never>(() => undefined);

const IDLE_LIMIT = `select current_setting('idle_in_transaction_session_timeout') as ms`;
const idleLimit = async (unit: Unit) => (await unit.query<{ ms: string }>(IDLE_LIMIT))[0]?.ms;

@Injectable()
class Slow {
  static late: Promise<unknown>[] = [];
  static aborted: unknown[] = [];
  static limits: (string | undefined)[] = [];
  static meanwhile: ((id: string) => Promise<unknown>)[] = [];

  constructor(
    private readonly work: UnitOfWork,
    private readonly source: DataSource,
  ) {}

  @Listens({ name: 'seller.inside', to: Asked, attempts: 2, deadlineMs: 400, backOff: { longestMs: 20 } })
  async inside(heard: AskedHeard, unit: Unit): Promise<void> {
    const { n, of, mood } = heard.payload;
    await unit.query(NOTE, ['inside', n]);
    if (of !== 'inside') return;
    if (mood === 'locked') await unit.query('select from seller.giving_up_lock for update nowait');
    if (mood === 'overtaken') {
      await Slow.meanwhile.shift()?.(heard.id);
      throw new Error('no');
    }
    if (mood === 'deaf') await forever();
    if (mood === 'long statement') await unit.query('select pg_sleep(50)');
    if (mood === 'listens')
      await new Promise((_, reject) =>
        heard.signal.addEventListener('abort', () => {
          Slow.aborted.push(heard.signal.reason);
          reject(heard.signal.reason);
        }),
      );
    if (mood === 'late') {
      await new Promise<void>((resolve) => heard.signal.addEventListener('abort', () => resolve()));
      await pause(50);
      const late = [
        () => unit.query(NOTE, ['late', 1]),
        async () => unit.publish(Asked as never, { n: -1 } as never),
        () => this.work.run((own) => own.query(NOTE, ['late', 2])),
        async () => this.source.query(NOTE, ['late', 3]),
        () => unit.manager.query(NOTE, ['late', 4]),
      ];
      Slow.late.push(
        ...late.map((attempt) =>
          attempt().then(
            () => 'done',
            (error: Error) => error.name,
          ),
        ),
      );
    }
  }

  @ListensInBatches({ name: 'seller.together', to: Asked, attempts: 1, deadlineMs: 400 })
  async together(all: readonly AskedHeard[], unit: Unit): Promise<void> {
    for (const { payload } of all) {
      await unit.query(NOTE, ['together', payload.n]);
      if (payload.of === 'together') await forever();
    }
  }

  @ListensOutside({ name: 'seller.outside', to: Asked, attempts: 1, deadlineMs: 400 })
  async outside({ payload, signal }: AskedHeard): Promise<(unit: Unit) => Promise<void>> {
    if (payload.of === 'outside') {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      Slow.late.push(
        this.work
          .run((unit) => unit.query(NOTE, ['late', 5]))
          .then(
            () => 'done',
            (e: Error) => e.name,
          ),
      );
    }
    if (payload.of === 'throws outside') throw THROWN[payload.mood as string]?.();
    if (payload.of === 'refused')
      throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    return async (unit) => {
      await unit.query(NOTE, ['outside', payload.n]);
      if (payload.of === 'record') await forever();
    };
  }

  @Listens({
    name: 'seller.waves',
    to: Asked,
    attempts: 1,
    deadlineMs: 400,
    map: (payload) => {
      if (payload.of === 'map') throw new Error('can not be mapped');
      return payload;
    },
    whenDead: async (heard, unit) => {
      await unit.query(NOTE, ['farewell', heard.payload.n]);
      if (heard.payload.of === 'waves') await forever();
    },
  })
  async waves({ payload }: AskedHeard, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['waves', payload.n]);
    if (payload.of === 'waves') throw new Error('no');
  }

  @Listens({
    name: 'seller.patient',
    to: Asked,
    attempts: 1,
    deadlineMs: 60_000,
    skip: ({ payload }) => (payload.of === 'patient' ? undefined : 'no hurry'),
    whenDead: async (_, unit) => void Slow.limits.push(await idleLimit(unit)),
  })
  async patient(_: AskedHeard, unit: Unit): Promise<void> {
    Slow.limits.push(await idleLimit(unit));
    throw new Error('no');
  }

  @Listens({ name: 'seller.refuses', to: Asked, refused: 'skipped' })
  async refuses({ payload }: AskedHeard, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['refuses', payload.n]);
    if (payload.of === 'refuses') throw new Refusal('seller.no', 'conflict', 'We do not want it.');
  }

  @Listens({ name: 'seller.throws', to: Asked, attempts: 1 })
  async throws({ payload }: AskedHeard): Promise<void> {
    if (payload.of === 'throws') throw THROWN[payload.mood as string]?.();
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Slow] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('what is given up, over %s', (backend) => {
  let app: RunningModules;
  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query('create table seller.giving_up_notes (listener text, n int)');
    await app.query('grant insert on seller.giving_up_notes to banyan_seller');
  });
  beforeEach(async () => {
    for (const table of ['banyan.deliveries', 'banyan.events', 'banyan.attempts', 'seller.giving_up_notes'])
      await app.query(`delete from ${table}`);
    Slow.late = [];
    Slow.aborted = [];
    Slow.limits = [];
  });
  afterAll(() => app?.stop());

  const publishAround = async (of: string, mood?: string) => {
    for (const n of [1, 2, 3]) await app.publish(Asked, { n, ...(n === 2 && { of, mood }) });
    await app.drain({ dead: 'allowed' });
  };
  const notes = async (listener: string) =>
    (
      await app.query<{ n: number }>('select n from seller.giving_up_notes where listener = $1 order by n', [
        listener,
      ])
    ).map(({ n }) => n);
  const states = async (listener: string) =>
    (
      await app.query<{ state: string }>(
        'select state from banyan.deliveries where listener = $1 order by event_id',
        [listener],
      )
    ).map(({ state }) => state);
  const attempts = (listener: string) =>
    app.query<{ kind: string; error_class: string; message: string }>(
      'select kind, error_class, message from banyan.attempts where listener = $1 order by id',
      [listener],
    );

  it.each(['deaf', 'long statement', 'listens', 'late'])(
    'a method that takes too long (%s) is a failed attempt, and holds up nobody',
    async (mood) => {
      await publishAround('inside', mood);
      expect(await states('seller.inside')).toEqual(['done', 'dead', 'done']);
      expect(await notes('inside')).toEqual([1, 3]);
      const told = await attempts('seller.inside');
      expect(told).toMatchObject([{ kind: 'fault', error_class: 'OutOfTime' }, { kind: 'fault' }]);
      expect(told[0]?.message).toBe(
        'seller.inside was not done after 400 ms and was given up: make it faster, or give it a longer deadlineMs.',
      );
      const sleeping = `select from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(50)%' and pid <> pg_backend_pid()`;
      for (const end = Date.now() + 10_000; (await app.query(sleeping)).length > 0; await pause(20))
        expect(Date.now()).toBeLessThan(end);
      if (mood === 'listens')
        expect(Slow.aborted).toMatchObject([{ name: 'OutOfTime' }, { name: 'OutOfTime' }]);
      if (mood !== 'late') return;
      while (Slow.late.length < 10) await pause(10);
      const outcomes = await Promise.all(Slow.late);
      expect(outcomes.filter((outcome) => outcome === 'done')).toEqual([]);
      expect(await notes('late')).toEqual([]);
    },
  );

  it('one of a batch that takes too long is found, and the others are done', async () => {
    const publish = app.publish(Asked, { n: 0 });
    await publish;
    await publishAround('together');
    expect(await states('seller.together')).toEqual(['done', 'done', 'dead', 'done']);
    expect(await notes('together')).toEqual([0, 1, 3]);
  });

  it('a call that takes too long leaves nothing behind, even when it comes back', async () => {
    await publishAround('outside');
    expect(await states('seller.outside')).toEqual(['done', 'dead', 'done']);
    expect(await Promise.all(Slow.late)).toEqual(['Bug']);
    expect(await notes('late')).toEqual([]);
  });

  it('a whenDead that never ends keeps nothing alive, and leaves nothing behind', async () => {
    await publishAround('waves');
    expect(await states('seller.waves')).toEqual(['done', 'dead', 'done']);
    expect([await notes('waves'), await notes('farewell')]).toEqual([[1, 3], []]);
  });

  it('what fails before it has begun to wait ends no connection once its deadline has passed', async () => {
    const sessions = () =>
      app.query<{ pid: number }>(
        // Of the business: counts of the platform's own come with a connection, and go with it.
        `select pid from pg_stat_activity where datname = current_database() and application_name ~ '^together( [0-9a-f]{32})?$' order by pid`,
      );
    await publishAround('map');
    expect(await states('seller.waves')).toEqual(['done', 'dead', 'done']);
    expect(await notes('farewell')).toEqual([2]);
    const before = await sessions();
    expect(before).not.toEqual([]);
    await pause(500); // the deadline is 400 ms after the call: what it would end is idle now, and nothing else is to happen
    expect(await sessions()).toEqual(expect.arrayContaining(before));
  });

  it('a provider that refuses connections is the failure of its call, not trouble of our database', async () => {
    await publishAround('refused');
    expect(await states('seller.outside')).toEqual(['done', 'dead', 'done']);
    expect(await attempts('seller.outside')).toMatchObject([
      { kind: 'fault', message: 'connect ECONNREFUSED 127.0.0.1:1' },
    ]);
  });

  it('a refusal is skipped where its listener says so, with the refusal as the reason', async () => {
    await publishAround('refuses');
    expect(await states('seller.refuses')).toEqual(['done', 'skipped', 'done']);
    expect(await notes('refuses')).toEqual([1, 3]);
    expect(await attempts('seller.refuses')).toMatchObject([{ kind: 'refusal' }]);
    expect(
      await app.query(
        `select reason from banyan.deliveries where state = 'skipped' and listener = 'seller.refuses'`,
      ),
    ).toEqual([{ reason: 'refusal: We do not want it.' }]);
  });

  it.each(Object.keys(THROWN))('whatever is thrown (%s) is recorded', async (mood) => {
    await publishAround('throws', mood);
    expect(await states('seller.throws')).toEqual(['done', 'dead', 'done']);
    const [told, ...more] = await attempts('seller.throws');
    expect(more).toEqual([]);
    expect(told?.message.length).toBeGreaterThan(2);
    expect(told?.message.length).toBeLessThanOrEqual(10_000);
  });

  it.each(Object.keys(THROWN))(
    'whatever a call throws (%s) is recorded, and it is not made again',
    async (mood) => {
      await publishAround('throws outside', mood);
      expect(await states('seller.outside')).toEqual(['done', 'dead', 'done']);
      expect(await attempts('seller.outside')).toHaveLength(1);
    },
  );

  it('an attempt that another process records meanwhile is recorded once', async () => {
    // It had the lane before, and records what it gave up in a unit of its own.
    const record = (id: string) =>
      app.query(
        `with other as (update banyan.deliveries set attempts = 1 where listener = 'seller.inside' and event_id = $1 returning listener, event_id)
         insert into banyan.attempts (listener, event_id, attempt, kind, error_class, message, app, instance, traceparent)
         select listener, event_id, 1, 'fault', 'OutOfTime', 'late', 'other', 'other-1', '' from other`,
        [id],
      );
    Slow.meanwhile = [async () => undefined, record]; // a failing group is tried again with care, and only then recorded
    await publishAround('inside', 'overtaken');
    expect(await states('seller.inside')).toEqual(['done', 'dead', 'done']);
    expect((await attempts('seller.inside')).map(({ message }) => message)).toEqual(['late', 'no']);
  });

  it('may idle for as long as its deadline says, and nobody after it', async () => {
    await publishAround('patient');
    expect(await states('seller.patient')).toEqual(['skipped', 'dead', 'skipped']);
    expect(new Set(Slow.limits)).toEqual(new Set(['65s']));
    expect(Slow.limits.length).toBeGreaterThan(1); // its farewell too
    const source = app.get(DataSource);
    const sessions = await Promise.all(Array.from({ length: 8 }, () => source.query(IDLE_LIMIT)));
    expect(new Set(sessions.map(([{ ms }]) => ms))).toEqual(new Set(['15s']));
  });

  it('a lock that somebody else holds costs no attempt, for as long as that is patience, and no neighbour anything', async () => {
    await app.query('create table if not exists seller.giving_up_lock as select 1 as n');
    await app.query('grant select, update on seller.giving_up_lock to banyan_seller');
    const holder = new Client({ connectionString: app.database.url });
    await holder.connect();
    await holder.query('begin; select from seller.giving_up_lock for update');
    for (const n of [1, 2, 3])
      await app.publish(Asked, { n, ...(n === 2 && { of: 'inside', mood: 'locked' }) });
    await waitUntil(async () => (await attempts('seller.inside')).length > 2, 20_000);
    expect(await states('seller.inside')).toEqual(['done', 'pending', 'done']);
    await holder.query('rollback');
    await app.drain();
    expect(await notes('inside')).toEqual([1, 2, 3]);
    expect(new Set((await attempts('seller.inside')).map(({ error_class }) => error_class))).toEqual(
      new Set(['LostRace']),
    );

    await holder.query('begin; select from seller.giving_up_lock for update');
    await app.query('delete from banyan.attempts');
    await app.publish(Asked, { n: 4, of: 'inside', mood: 'locked' });
    await app.drain({ dead: 'allowed' });
    await holder.end();
    const told = (await attempts('seller.inside')).map(({ error_class }) => error_class);
    expect(told.filter((name) => name === 'LostRace')).toHaveLength(MOST_RACES);
    expect(told).toHaveLength(MOST_RACES + 2);
    expect(await states('seller.inside')).toEqual(['done', 'done', 'done', 'dead']);
  });

  const NOTED = (name: string) =>
    `insert on seller.giving_up_notes for each row when (new.listener = '${name}')`;
  const SETTLED = (name: string) =>
    `update on banyan.deliveries for each row when (new.listener = 'seller.${name}' and new.state = 'done')`;
  it.each([
    ['inside', '55P03', NOTED, 8],
    ['outside', '55P03', NOTED, 3],
    ['inside', '55P03', SETTLED, 8],
    ['inside', '40P01', SETTLED, 20],
    ['together', '40001', SETTLED, 12],
  ])('a race that listener %s loses (%s) costs no attempt: %p', async (name, code, change, times) => {
    await app.query('create sequence seller.lost');
    await app.query(`create function seller.lose_early() returns trigger language plpgsql security definer as
      $$ begin if nextval('seller.lost') <= ${times} then raise exception 'lost' using errcode = '${code}'; end if; return new; end $$`);
    await app.query(`create trigger lose_early before ${change(name)} execute function seller.lose_early()`);
    await app.publish(Asked, { n: 1 });
    await app.drain();
    await app.query('drop function seller.lose_early cascade');
    await app.query('drop sequence seller.lost');
    expect(await states(`seller.${name}`)).toEqual(['done']);
    const told = await attempts(`seller.${name}`);
    expect(told.length).toBeGreaterThan(1);
    expect(new Set(told.map(({ error_class }) => error_class))).toEqual(new Set(['LostRace']));
  });

  it('a race that is lost at the commit costs no attempt', async () => {
    await app.query('create sequence seller.races');
    await app.query(`create function seller.lose() returns trigger language plpgsql security definer as
      $$ begin if new.listener = 'inside' and nextval('seller.races') <= 2 then raise exception 'lost' using errcode = '40001'; end if; return new; end $$`);
    await app.query(`create constraint trigger lose after insert on seller.giving_up_notes
      deferrable initially deferred for each row execute function seller.lose()`);
    await app.publish(Asked, { n: 1 });
    await app.drain();
    await app.query('drop trigger lose on seller.giving_up_notes');
    expect(await notes('inside')).toEqual([1]);
    expect(await app.query(`select from banyan.attempts`)).toEqual([]);
    expect(await app.query(`select last_value::int as n from seller.races`)).toEqual([{ n: 3 }]);
  });
});
