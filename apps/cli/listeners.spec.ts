import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { event, type Heard, Listens } from '#platform/events';
import type { ListenerView } from '#platform/listeners';
import { type Unit, WorkModule } from '#platform/work';
import { type Backend, type RunningModules, startModules } from '#testing';
import { banyan } from './banyan.fixture.js';

const Rung = event('CliTestRung', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string() }),
  key: ({ who }) => who,
});

@Injectable()
class Porter {
  /** Resolves what the listener waits for in the middle of its work; undefined: it does not. */
  static gate: Promise<void> | undefined;
  static begun = 0;

  @Listens({ name: 'seller.open-door', to: Rung, ordered: true, pace: { batch: 10 } })
  async open({ payload }: Heard<{ n: number; who: string }>, unit: Unit): Promise<void> {
    Porter.begun += 1;
    await Porter.gate;
    if (payload.n === 13) throw new TypeError('nobody opens to thirteen');
    await unit.query('insert into seller.porter_notes (n) values ($1)', [payload.n]);
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Porter] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('banyan listeners over %s', (backend) => {
  let app: RunningModules;
  const cli = (words: string) => banyan(words, { settings: { DATABASE_URL: app.database.url } });
  const view = async (name = 'seller.open-door') =>
    (JSON.parse((await cli(`listeners show ${name} --json`)).out) as { listeners: ListenerView[] })
      .listeners[0];
  const opened = async () => (await app.query('select n from seller.porter_notes')).length;
  const ring = (n: number, who = `guest ${n}`) => app.publish(Rung, { n, who });

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend, apart: ['seller'] });
    await app.query('create table seller.porter_notes (n int)');
    await app.query('grant insert on seller.porter_notes to banyan_seller');
  });
  beforeEach(async () => {
    for (const table of ['banyan.deliveries', 'banyan.attempts', 'banyan.events', 'seller.porter_notes'])
      await app.query(`delete from ${table}`);
    Porter.gate = undefined;
    Porter.begun = 0;
  });
  afterAll(() => app?.stop());

  it('pauses: what is published waits, is shown with who paused it and why, and follows when it is resumed', async () => {
    expect(await cli('listeners pause seller.open-door --why "the door sticks" --who ada')).toMatchObject({
      code: 0,
      out: 'seller.open-door is paused: what is published waits.\n',
    });
    for (let n = 0; n < 5; n++) await ring(n);
    // The sweep has looked twice by then: nobody is woken for what is paused, and who is woken finds nothing.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(Porter.begun).toBe(0);
    const shown = await cli('listeners');
    expect(shown.out).toMatch(/seller\.open-door is paused since \S+ \S+ by ada: the door sticks/);
    expect(await view()).toMatchObject({
      pending: 5,
      paused: { who: 'ada', why: 'the door sticks' },
      declared: true,
    });
    expect((await view())?.oldestSeconds).toBeGreaterThan(2);
    expect(await cli('listeners pause seller.open-door --why again')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is paused already, since .* by ada: the door sticks/),
    });
    expect(await cli('listeners drain seller.open-door')).toMatchObject({
      code: 2,
      err: expect.stringContaining('first `banyan listeners resume seller.open-door`'),
    });

    expect(await cli('listeners resume seller.open-door --who bob')).toMatchObject({ code: 0 });
    expect(await cli('listeners drain seller.open-door --within 20')).toMatchObject({
      code: 0,
      out: 'Nothing is pending for seller.open-door.\n',
    });
    expect(await opened()).toBe(5);
    expect(await view()).toMatchObject({ pending: 0, oldestSeconds: null, paused: null });
    const actions = await app.query(`select action, who, why from banyan.listener_actions order by id`);
    expect(actions).toEqual([
      { action: 'pause', who: 'ada', why: 'the door sticks' },
      { action: 'resume', who: 'bob', why: null },
    ]);
  });

  it('lets what is in work end when it pauses, and says how many lanes that are', async () => {
    let open = () => {};
    Porter.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    await ring(1);
    while (Porter.begun === 0) await new Promise(setImmediate);
    const { pause, resume } = await import('#platform/listeners');
    const { Client } = await import('pg');
    const client = new Client({ connectionString: app.database.url });
    await client.connect();
    try {
      const actor = { who: 'ada', why: 'a test' };
      expect(await pause(client, 'seller.open-door', actor, 200)).toEqual({ atWork: 1 });
      open();
      await app.drain();
      expect(await opened()).toBe(1);
      await resume(client, 'seller.open-door', actor);
    } finally {
      open();
      await client.end();
    }
  });

  it('shows which keys are blocked, why, and how many wait behind each; draining says that they are stuck', async () => {
    const dead = await ring(13, 'ada');
    await app.drain({ dead: 'allowed' });
    for (const n of [14, 15, 16]) await ring(n, 'ada');
    await ring(17, 'bob');
    await app.drain({ dead: 'allowed' });
    expect((await view())?.blocked).toEqual({
      keys: 1,
      waiting: 3,
      worst: [{ key: 'ada', eventId: dead, because: 'dead', waiting: 3 }],
    });
    expect((await cli('listeners')).out).toContain(
      `seller.open-door key ada: event ${dead} is dead, 3 behind it`,
    );
    expect(await cli('listeners drain seller.open-door --within 20')).toMatchObject({
      code: 1,
      out: expect.stringContaining("3 deliveries are left that can't go on"),
    });
  });

  it('shows what waits for newer code, and listeners that nobody declares any more', async () => {
    await app.query(
      `with e as (insert into banyan.events (type, version, module, key, payload, traceparent)
         values ('CliTestRung', 2, 'customer', 'eve', '{}', '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01') returning id)
       insert into banyan.deliveries (listener, event_id, key, partition) select 'seller.open-door', id, 'eve', 0 from e`,
    );
    await app.query(
      `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.gone', 'seller', false, 4)`,
    );
    await app.query(
      `insert into banyan.subscriptions (type, listener) values ('CliTestRung', 'seller.gone')`,
    );
    await ring(1);
    while ((await view())?.waitingFor.length === 0) await new Promise(setImmediate);
    expect(await view()).toMatchObject({
      waitingFor: [{ event: 'CliTestRung@2', count: 1 }],
      blocked: { worst: [{ key: 'eve', because: 'waits for CliTestRung@2', waiting: 0 }] },
      orphaned: false,
    });
    expect(await view('seller.gone')).toMatchObject({ pending: 1, declared: false, orphaned: true });
    const [early] = await app.query<{ id: string }>(`select id from banyan.events where version = 2`);
    expect((await cli(`dead-letters show seller.open-door ${early?.id}`)).out).toContain(
      'for code that knows CliTestRung@2',
    );
    const { code, out } = await cli('listeners');
    expect(code).toBe(1);
    expect(out).toContain(
      'seller.gone is declared by no running app, and 1 delivery waits, and more may come',
    );
    expect(out).toContain('seller.open-door: 1 delivery waits for code that knows CliTestRung@2');
    await app.query(`delete from banyan.subscriptions where listener = 'seller.gone'`);
    await app.query(`delete from banyan.listeners where name = 'seller.gone'`);
  });

  it.each([
    ['listeners show seller.nobody', 'There is no listener seller.nobody'],
    ['listeners pause seller.nobody --why x', 'There is no listener seller.nobody'],
    ['listeners resume seller.open-door', 'seller.open-door is not paused'],
    ['listeners pause seller.open-door', '--why'],
    ['listeners pause seller.open-door --why " "', 'It must say something'],
    ['listeners drain seller.open-door --within never', 'It must be seconds'],
  ])('%s is refused', async (words, sentence) => {
    expect(await cli(words)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) });
  });
});
