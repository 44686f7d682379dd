import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { missingFrom } from '../placement/contract-of.js';
import type { Unit } from '../work/unit.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensInBatches, ListensOutside } from './listens.js';
import { inThisVersion, knownVersions } from './versions.js';

/** Version 1 had one name, version 2 two, version 3 has a language too. */
const Named = event('TestNamed', {
  from: 'customer',
  version: 3,
  schema: z.object({
    id: z.number(),
    first: z.string(),
    last: z.string(),
    language: z.string().default('en'),
  }),
  key: ({ id }) => `person ${id}`,
  upcast: {
    1: ({ id, name }: { id: number; name: string }) => {
      const [first, last] = name.split(' ');
      return { id, first, last };
    },
    2: (old: object) => old,
  },
});
const Cut = event('TestCut', { from: 'customer', version: 2, schema: z.object({ id: z.number() }) });
type NamedHeard = Heard<{ id: number; first: string; last: string; language: string }>;

/** What the listeners take of it. */
interface Greeting {
  readonly id: number;
  readonly text: string;
}

const NOTE = 'insert into seller.version_notes (listener, id, text) values ($1, $2, $3)';

@Injectable()
class Greeter {
  @Listens({ name: 'seller.greet', to: Named, ordered: true, skip, map: greeting })
  async greet({ payload }: Heard<Greeting>, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['greet', payload.id, payload.text]);
  }

  @ListensInBatches({ name: 'seller.greet-all', to: [Named], map: greeting })
  async greetAll(heard: readonly Heard<Greeting>[], unit: Unit): Promise<void> {
    for (const { payload } of heard) await unit.query(NOTE, ['greet-all', payload.id, payload.text]);
  }

  @ListensOutside({ name: 'seller.write-to', to: Named })
  async writeTo({ payload }: NamedHeard): Promise<(unit: Unit) => Promise<void>> {
    return async (unit) => {
      await unit.query(NOTE, ['write-to', payload.id, payload.language]);
    };
  }

  @Listens({ name: 'seller.cut', to: Cut })
  async cut(_: Heard<{ id: number }>): Promise<void> {}
}

function skip({ payload }: NamedHeard): string | undefined {
  return payload.last === 'Nobody' ? `${payload.first} ${payload.last} is not greeted` : undefined;
}

function greeting({ id, first, last, language }: NamedHeard['payload']): Greeting {
  if (first === 'Broken') throw new TypeError('no greeting for the broken');
  return { id, text: `${language}: ${first} ${last}` };
}

@Module({ imports: [WorkModule.as('seller')], providers: [Greeter] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('versions of an event over %s', (backend) => {
  let app: RunningModules;
  const notes = async (listener: string) =>
    (
      await app.query<{ note: string }>(
        `select id || ' ' || text as note from seller.version_notes where listener = $1 order by n`,
        [listener],
      )
    ).map(({ note }) => note);
  const deliveries = (listener: string) =>
    app.query<{ state: string; attempts: number; reason: string | null; waits_for: string | null }>(
      'select state, attempts, reason, waits_for from banyan.deliveries where listener = $1 order by event_id',
      [listener],
    );

  /** Publishes as code of another version does. */
  async function publishOld(type: string, version: number, payload: { id: number }): Promise<void> {
    const key = type === 'TestNamed' ? `person ${payload.id}` : null;
    await app.query(
      `with e as (
         insert into banyan.events (type, version, module, key, payload, traceparent)
         values ($1, $2, 'customer', $3, $4, '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01') returning id, key)
       insert into banyan.deliveries (listener, event_id, key, partition)
       select l.name, e.id, case when l.ordered then e.key end,
         case when l.ordered then abs(hashtext(e.key)::bigint) % l.partitions else e.id % l.partitions end
       from e, banyan.subscriptions s join banyan.listeners l on l.name = s.listener where s.type = $1`,
      [type, version, key, JSON.stringify(payload)],
    );
  }
  const waiting = async (listener: string) =>
    (await deliveries(listener)).filter((row) => row.waits_for !== null);

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query(
      'create table seller.version_notes (n bigint generated always as identity, listener text, id int, text text)',
    );
    await app.query('grant insert, select on seller.version_notes to banyan_seller');
  });
  beforeEach(async () => {
    for (const table of ['banyan.deliveries', 'banyan.attempts', 'banyan.events', 'seller.version_notes'])
      await app.query(`delete from ${table}`);
  });
  afterAll(() => app?.stop());

  it('are brought to the present one step by step, and each listener maps what it takes', async () => {
    await publishOld('TestNamed', 1, { id: 1, name: 'Ada Lovelace' } as never);
    await publishOld('TestNamed', 2, { id: 2, first: 'Alan', last: 'Turing' } as never);
    await app.publish(Named, { id: 3, first: 'Kurt', last: 'Goedel', language: 'de' });
    await app.drain();
    const texts = ['1 en: Ada Lovelace', '2 en: Alan Turing', '3 de: Kurt Goedel'];
    expect((await notes('greet')).sort()).toEqual(texts);
    expect((await notes('greet-all')).sort()).toEqual(texts);
    expect((await notes('write-to')).sort()).toEqual(['1 en', '2 en', '3 de']);
  });

  it('skip before they map, and a mapping that fails is the failure of its delivery alone', async () => {
    await app.publish(Named, { id: 1, first: 'Broken', last: 'Nobody', language: 'en' });
    await app.publish(Named, { id: 2, first: 'Broken', last: 'One', language: 'en' });
    await app.publish(Named, { id: 3, first: 'Ada', last: 'Lovelace', language: 'en' });
    await app.drain({ dead: 'allowed' });
    expect(await deliveries('seller.greet')).toMatchObject([
      { state: 'skipped', reason: 'Broken Nobody is not greeted' },
      { state: 'dead', attempts: 1, reason: 'bug: no greeting for the broken' },
      { state: 'done' },
    ]);
    expect((await deliveries('seller.greet-all')).map(({ state }) => state)).toEqual([
      'dead',
      'dead',
      'done',
    ]);
  });

  it('die at once, with the cure, when there is no way from an old one or its upcast does not fit', async () => {
    await publishOld('TestCut', 1, { id: 1 });
    await publishOld('TestNamed', 1, { id: 1, name: 'Plato' } as never);
    await app.drain({ dead: 'allowed' });
    expect(await deliveries('seller.cut')).toMatchObject([
      { state: 'dead', attempts: 1, reason: expect.stringContaining('Declare upcast: { 1: (old) => ... }') },
    ]);
    expect(await deliveries('seller.greet')).toMatchObject([
      { state: 'dead', reason: expect.stringMatching(/does not fit version 3 after its upcast: last/) },
    ]);
  });

  it('newer than this code wait without an attempt, hold up their key and nothing else, until code comes that knows them', async () => {
    await publishOld('TestNamed', 4, { id: 1 });
    await app.publish(Named, { id: 1, first: 'Ada', last: 'Lovelace', language: 'en' });
    await app.publish(Named, { id: 2, first: 'Alan', last: 'Turing', language: 'en' });
    while ((await waiting('seller.greet')).length === 0 || (await notes('greet')).length === 0)
      await new Promise(setImmediate);
    expect(await notes('greet')).toEqual(['2 en: Alan Turing']);
    expect(await deliveries('seller.greet')).toMatchObject([
      { state: 'pending', attempts: 0, waits_for: 'TestNamed@4' },
      { state: 'pending', attempts: 0, waits_for: null },
      { state: 'done' },
    ]);
    for (const listener of ['seller.write-to', 'seller.greet-all'])
      while ((await waiting(listener)).length === 0) await new Promise(setImmediate);
    while ((await notes('write-to')).length < 2) await new Promise(setImmediate);
    // What code of version 4 would do: it takes up what it knows. Here the event turns out to be of version 3.
    await app.query(`update banyan.events set version = 3, payload = '{"id": 1, "first": "Emmy", "last": "Noether"}'
      where version = 4`);
    await app.query(`update banyan.deliveries set waits_for = 'TestNamed@3' where waits_for is not null`);
    await app.drain();
    expect(await notes('greet')).toEqual([
      '2 en: Alan Turing',
      '1 undefined: Emmy Noether',
      '1 en: Ada Lovelace',
    ]);
  });
});

describe('versions', () => {
  it('that this code can tell of reach back as far as its upcasts do', () => {
    expect(knownVersions(Named)).toEqual([1, 2, 3]);
    expect(knownVersions(Cut)).toEqual([2]);
    expect(inThisVersion(Cut, 2, { id: 'as it was published' })).toEqual({ id: 'as it was published' });
  });

  it('are refused where they are declared, when an upcast starts from the present one', () => {
    const declare = () =>
      event('TestWrong', { from: 'customer', schema: z.object({}), version: 2, upcast: { 2: (old) => old } });
    expect(declare).toThrow(/has version 2 and an upcast from 2/);
  });

  it('are compared when a module moves: what is brought up from the old one is heard, what is only newer is not', () => {
    const hears = (events: string) => ({ operations: [], listeners: [`seller.greet hears ${events}`] });
    expect(missingFrom(hears('A@1'), hears('A@1, A@2'))).toEqual([]);
    expect(missingFrom(hears('A@1'), hears('A@2'))).toEqual(['seller.greet hears A@1']);
    expect(missingFrom(hears('A@1, B@1'), hears('A@1'))).toEqual(['seller.greet hears A@1, B@1']);
    expect(missingFrom(hears('A@1'), undefined)).toEqual(['seller.greet hears A@1']);
  });
});
