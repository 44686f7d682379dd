import { Injectable, Logger, Module } from '@nestjs/common';
import { z } from 'zod';
import { type EventOf, event, type Heard, Listens } from '#platform/events';
import { Refusal } from '#platform/seam';
import { type RunningModules, startModules } from '#testing';
import { WorkModule } from '../../libs/platform/work/work.module.js';
import { banyan } from './banyan.fixture.js';

const Joined = event('TestJoined', {
  from: 'customer',
  schema: z.object({
    person: z.object({ id: z.number(), name: z.string(), mood: z.string().optional() }),
    friends: z.array(z.object({ id: z.number(), name: z.string() })),
  }),
  key: ({ person }) => `person:${person.id}`,
  personal: [
    { subject: { person: 'person.id' }, fields: ['person.name'] },
    { subject: { person: 'friends.*.id' }, fields: ['friends.*.name'] },
  ],
});
type Joined = EventOf<typeof Joined>;
const Visited = event('TestVisited', {
  from: 'customer',
  schema: z.object({ whom: z.string(), saying: z.string() }),
});
type Visited = EventOf<typeof Visited>;

@Injectable()
class Greeter {
  static greeted: string[] = [];
  @Listens({
    name: 'seller.greets',
    to: Joined,
    skip: ({ payload: { person } }) => person.mood && `${person.name} was ${person.mood}`,
  })
  async greet({ payload }: Heard<Joined>): Promise<void> {
    new Logger('Greeter').log({ msg: `Dear ${payload.person.name}!`, guests: payload.friends });
    if (payload.person.name === 'Grace Hopper')
      throw new Refusal('seller.shy', 'conflict', 'No word for Hopper, Grace!');
    Greeter.greeted.push(payload.person.name);
  }

  @Listens({ name: 'seller.visits', to: Visited, attempts: 1 })
  async visit({ payload }: Heard<Visited>): Promise<void> {
    throw new Error(`${payload.whom} says "${payload.saying}"`);
  }
}
@Module({ imports: [WorkModule.as('seller')], providers: [Greeter] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

let app: RunningModules;
const cli = (words: string) => banyan(words, { settings: { DATABASE_URL: app.database.url } });
const erase = (words: string) => cli(`events erase ${words}`);
const join = (id: number, name: string, friends: Joined['friends'] = [], mood?: string) =>
  app.publish(Joined, { person: { id, name, mood }, friends });
const payloads = async () =>
  (await app.query<{ payload: Joined }>('select payload from banyan.events order by id')).map(
    ({ payload }) => payload,
  );

/** Rows of the platform's own tables in which a word stands. */
async function mentions(word: string): Promise<string[]> {
  const tables = await app.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c where relnamespace = 'banyan'::regnamespace and relkind = 'r'`,
  );
  const found = await Promise.all(
    tables.map(({ name }) =>
      app.query(`select t::text as row from ${name} t where t::text ilike $1`, [`%${word}%`]),
    ),
  );
  return found.flat().map(({ row }) => String(row));
}

beforeAll(async () => {
  app = await startModules({
    here: [SellerModule, CustomerModule],
    settings: { TELEMETRY_STORE: 'true', LOG_LEVEL: 'info' },
    lines: () => undefined,
  });
});
afterAll(() => app?.stop());
beforeEach(async () => {
  Greeter.greeted = [];
  for (const table of ['deliveries', 'attempts', 'events']) await app.query(`delete from banyan.${table}`);
  await app.kept();
  for (const table of ['lines', 'spans']) await app.query(`delete from telemetry.${table}`);
  for (const table of ['dead_letter_actions', 'erasures'])
    await app.query(
      `alter table banyan.${table} disable trigger user; delete from banyan.${table}; alter table banyan.${table} enable trigger user`,
    );
});

describe('banyan events erase', () => {
  it('blanks what is about one person wherever they stand, and nothing of others; a second run does nothing', async () => {
    await join(1, 'Ada Lovelace', [{ id: 2, name: 'Mary Somerville' }]);
    await join(2, 'Mary Somerville', [
      { id: 1, name: 'Ada Lovelace' },
      { id: 11, name: 'Charles' },
    ]);
    await app.drain();
    const { code, out } = await erase('--subject person:1 --why "on request" --who dpo');
    expect(out).toContain('person:1 is erased from 2 events: TestJoined (2).');
    expect(code).toBe(0);
    expect(await payloads()).toEqual([
      { person: { id: 1, name: '[erased]' }, friends: [{ id: 2, name: 'Mary Somerville' }] },
      {
        person: { id: 2, name: 'Mary Somerville' },
        friends: [
          { id: 1, name: '[erased]' },
          { id: 11, name: 'Charles' },
        ],
      },
    ]);
    expect(await mentions('lovelace')).toEqual([]);
    const kept = await app.query(
      'select subject_kind, subject_id, who, why, events from banyan.erasures where events > 0',
    );
    expect(kept).toEqual([
      { subject_kind: 'person', subject_id: '1', who: 'dpo', why: 'on request', events: 2 },
    ]);
    expect((await erase('--subject person:1 --why again')).out).toBe(
      'Nothing is left to erase of person:1.\n',
    );
    expect(await app.query('select from banyan.erasures where events > 0')).toHaveLength(1);
    expect((await cli('events conservation')).code).toBe(0);
  });

  it('goes through every slice, in many transactions, and a run that is killed is taken up again', async () => {
    const many = `insert into banyan.events (type, version, module, payload, traceparent)
      select 'TestJoined', 1, 'customer', json_build_object('person', json_build_object('id', 1 + n % 2, 'name', 'Name ' || n), 'friends', '[]'::json), ''
      from generate_series(1, 1300) n`;
    await app.query(many);
    await app.query('select banyan.make_slices(2), banyan.end_slice()');
    await app.query(many);
    await app.query(`create function banyan.test_stop() returns trigger language plpgsql as
      $$ begin if (select count(*) from banyan.erasures) > 1 then raise exception 'killed'; end if; return new; end $$;
      create trigger test_stop before insert on banyan.erasures for each row execute function banyan.test_stop()`);
    expect((await erase('--subject person:1 --why x')).err).toContain('killed');
    expect(await left('1')).toBe(650);
    await app.query('drop trigger test_stop on banyan.erasures; drop function banyan.test_stop');
    expect(JSON.parse((await erase('--subject person:1 --why x --json')).raw)).toMatchObject({
      events: { TestJoined: 650 },
    });
    expect([await left('1'), await left('2')]).toEqual([0, 1300]);
    const [sum] = await app.query(
      'select sum(events)::int as events, count(*)::int as n from banyan.erasures',
    );
    expect(sum).toEqual({ events: 1300, n: 4 });
  });

  it('refuses while a delivery still needs it, and names the cure; with --also-undelivered a replay hears the placeholder', async () => {
    const id = await join(3, 'Grace Hopper');
    await join(4, 'Other');
    await app.drain({ dead: 'allowed' });
    const refused = await erase('--subject person:3 --why "on request"');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(`seller.greets ${id} (dead)`);
    expect(refused.err).toContain('npx banyan dead-letters list');
    expect((await payloads())[0]?.person.name).toBe('Grace Hopper');
    const preview = await erase('--subject person:3 --preview');
    expect(preview).toMatchObject({ code: 1, err: expect.not.stringContaining('Erased') });
    expect(preview.out).toContain('would be erased from 1 event: TestJoined (1).');
    expect(await mentions('hopper')).not.toEqual([]);
    expect((await erase('--subject person:3 --why "on request" --also-undelivered')).code).toBe(0);
    expect(await mentions('hopper')).toEqual([]);
    expect((await cli('dead-letters list')).code).toBe(0);
    await cli(`dead-letters replay seller.greets ${id}`);
    await app.drain();
    expect(Greeter.greeted).toEqual(['Other', '[erased]']);
  });

  it('drops the texts of attempts and reasons, and keeps what people wrote but for what it says of the person', async () => {
    const id = await join(3, 'Grace Hopper');
    await join(5, 'Alan', [], 'not in the mood');
    await app.drain({ dead: 'allowed' });
    await cli(
      `dead-letters discard seller.greets ${id} --who eve --reason "GRACE HOPPER left, Graceland stays"`,
    );
    await erase('--subject person:3 --why x');
    const [action] = await app.query(
      'select who, action, why, reason_before from banyan.dead_letter_actions',
    );
    const why = '[erased] left, Graceland stays';
    expect(action).toEqual({ who: 'eve', action: 'discard', why, reason_before: '[erased]' });
    const [delivery] = await app.query(
      `select state, reason from banyan.deliveries where state = 'discarded'`,
    );
    expect(delivery?.['reason']).toBe(`eve: ${why}`);
    expect(await app.query('select kind, error_class, message, stack from banyan.attempts')).toEqual([
      { kind: 'refusal', error_class: 'Refusal', message: '[erased]', stack: null },
    ]);
    expect(await mentions('alan was')).toHaveLength(1);
    await erase('--subject person:5 --why x');
    expect(await mentions('alan')).toEqual([]);
    await expect(app.query(`update banyan.dead_letter_actions set why = 'nothing'`)).rejects.toThrow(
      'is an audit: add rows, change none',
    );
    const sneaked = `begin; set local banyan.erases = 'on'; update banyan.dead_letter_actions set who = 'mallory'; commit`;
    await expect(app.query(sneaked)).rejects.toThrow('is an audit: add rows, change none');
    await app.query('rollback');
  });

  it('reaches kept lines and spans, and attempts at events of others, by what speaks of nobody else', async () => {
    const [full, short] = ['Emmy "Amalie" Noether', 'Emy'];
    await join(6, full, [{ id: 7, name: 'Hilbert, David' }]);
    await join(6, short, []);
    await app.publish(Visited, {
      whom: full,
      saying: 'emmy "amalie" noether and Emy are two; Noetherian is a word',
    });
    await app.drain({ dead: 'allowed' });
    await app.kept();
    const lines = (word: string) =>
      app.query(
        `select line ->> 'message' as message, line -> 'data' as data from telemetry.lines where line::text ilike '%${word}%'`,
      );
    const before = await app.query(
      'select time, level, trace, span, module from telemetry.lines order by time, span',
    );
    const spans = () => app.query(`select error from telemetry.spans where error ilike '%noether and%'`);
    expect([(await lines('amalie')).length, (await spans()).length]).toEqual([2, 2]);

    const preview = JSON.parse((await erase('--subject person:6 --preview --json')).raw);
    expect((await lines('amalie')).length).toBe(2);
    const done = await erase('--subject person:6 --why x');
    expect(done.err).toContain('Looking through kept lines and spans');
    expect(done.out).toContain('1 value was looked for everywhere, and 1, by which others are meant too');
    expect(done.out).toContain(`Kept telemetry: ${preview.kept.lines} lines, ${preview.kept.spans} span`);
    expect(preview).toMatchObject({ kept: { lines: 3, spans: 2 }, atOthers: { attempts: 1 } });

    expect([await lines('amalie'), await spans()]).toEqual([[], []]);
    const [attempt] = await app.query('select message, stack from banyan.attempts');
    expect(attempt?.['message']).toBe('[erased] says "[erased] and Emy are two; Noetherian is a word"');
    expect(attempt?.['stack']).not.toMatch(/amalie/i);
    // As Nest writes an object: JSON in a text, in which the quotes of the name stood with a backslash.
    expect((await lines('dear')).map(({ message }) => JSON.parse(String(message)).msg)).toEqual([
      'Dear [erased]!',
      'Dear [erased]!',
    ]);
    expect(await lines('hilbert')).toHaveLength(1);
    expect(
      await app.query('select time, level, trace, span, module from telemetry.lines order by time, span'),
    ).toEqual(before);
    const [kept] = await app.query(
      'select sum(lines)::int as lines, sum(spans)::int as spans from banyan.erasures',
    );
    expect(kept).toEqual({ lines: 3, spans: 2 });
    expect((await erase('--subject person:6 --why again')).out).toContain('Nothing is left');
  });

  it('says what is wrong with the words', async () => {
    expect((await erase('--subject nobody --why x')).err).toContain('as in customer:4711');
    const unknown = await erase('--subject ghost:1 --why x');
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('known are: person') });
    expect((await erase('--subject person:1')).err).toContain('Say who erases and why');
    expect((await erase(`--subject "person:' or 1=1 --" --why x`)).out).toContain('Nothing is left');
  });
});

async function left(id: string): Promise<number> {
  const [row] = await app.query<{ n: number }>(
    `select count(*)::int as n from banyan.events where payload #>> '{person,id}' = $1 and payload #>> '{person,name}' <> '[erased]'`,
    [id],
  );
  return row?.n ?? -1;
}
