import { type TestDatabase, testDatabase } from '#testing';
import { banyan } from './banyan.fixture.js';

const CLEAR = '\u001b[2J';

let database: TestDatabase;
const cli = (words: string) => banyan(words, { settings: { DATABASE_URL: database.url }, width: 110 });
const json = async (words: string) => JSON.parse((await cli(`dead-letters ${words} --json`)).raw);

beforeAll(async () => {
  database = await testDatabase();
});
afterEach(() =>
  database.query(
    'truncate banyan.stray_jobs, banyan.events, banyan.deliveries, banyan.listeners, banyan.subscriptions, banyan.instances cascade',
  ),
);
afterAll(() => database.drop());

/** Puts a stray job there as a worker records it; answers its id. */
async function stray(
  content: string | Buffer,
  more: { times?: number; minute?: number } = {},
): Promise<string> {
  const { times = 1, minute = 0 } = more;
  const [row] = await database.query<{ id: string }>(
    `insert into banyan.stray_jobs
       (queue, reason, likeness, explanation, job_id, name, content, options, app, instance, times, last_at)
     values ('wake-stock', 'damaged', md5(encode($1, 'hex')), 'no JSON in its data', '17', $2, $1, '{"token":"hunter2"}',
       'marketplace', 'here-1', $3, $4) returning id`,
    [Buffer.from(content), `foreign ${CLEAR}`, times, new Date(Date.UTC(2026, 0, 1, 12, minute))],
  );
  return (row as { id: string }).id;
}

/** Puts an event there with one delivery; answers its id. */
async function deliver(delivery: { listener: string; state: string; waitsFor?: string }): Promise<string> {
  const { listener, state, waitsFor = null } = delivery;
  const [row] = await database.query<{ id: string }>(
    `insert into banyan.events (type, version, module, payload, traceparent) values ('ReserveStock', 1, 'cart', '{}', '') returning id`,
  );
  const id = (row as { id: string }).id;
  await database.query(
    `insert into banyan.deliveries (listener, event_id, partition, state, settled_at, waits_for)
     values ($1, $2, 1, $3::text, case when $3::text = 'dead' then timestamptz '2026-01-01 12:30Z' end, $4)`,
    [listener, id, state, waitsFor],
  );
  return id;
}

describe('stray jobs among the dead letters', () => {
  it('are in the list in their turn, and in its totals; a limit and a listener are for both kinds', async () => {
    const early = await stray('{"n":1}', { minute: 1, times: 300 });
    const late = await stray('{"m":1}', { minute: 59 });
    const id = await deliver({ listener: 'stock.reserve', state: 'dead' });
    const { code, out, raw } = await cli('dead-letters list');
    expect(code).toBe(0);
    expect(out).toMatch(/stock\.reserve +│ +1 │[\s\S]*transport +│ +2 │/);
    expect(out).toMatch(
      new RegExp(`${late} in queue wake-stock[^]*ReserveStock ${id}[^]*${early} in queue wake-stock`),
    );
    expect(out).toMatch(/damaged, came 300 times/);
    expect(raw).not.toContain(CLEAR);
    const all = await json('list');
    expect(all).toMatchObject({ total: 3, dead: [{ origin: 'delivery' }], waiting: [] });
    expect(all.strays).toMatchObject([
      { origin: 'transport', id: late, queue: 'wake-stock', reason: 'damaged', times: 1 },
      { origin: 'transport', id: early, times: 300 },
    ]);
    expect(await json('list --limit 2')).toMatchObject({
      total: 3,
      dead: [{ eventId: id }],
      strays: [{ id: late }],
    });
    expect(await json('list --listener transport')).toMatchObject({ total: 2, dead: [], strays: [{}, {}] });
    expect(await json('list --listener stock.reserve')).toMatchObject({ total: 1, dead: [{}], strays: [] });
  });

  it('are groups of their own, which are the same when they come again', async () => {
    const first = await stray('{"n":1}');
    const [{ group }] = (await json('groups')).groups;
    await cli(`dead-letters discard transport ${first} --reason x`);
    const second = await stray('{"n":1}', { times: 7 });
    expect(await json('groups')).toMatchObject({
      groups: [
        { origin: 'transport', group, dead: 1, jobs: 7, sample: { listener: 'transport', eventId: second } },
      ],
    });
    expect((await cli('dead-letters groups')).out).toMatch(/damaged: no JSON in its data[\s\S]*7 jobs/);
    expect((await json('groups --listener stock.reserve')).groups).toEqual([]);
    expect(await cli(`dead-letters resolve --group ${group} --evidence "ticket 7"`)).toMatchObject({
      code: 0,
      out: '1 stray job is resolved.\n',
    });
    expect((await json('groups')).groups).toEqual([]);
  });

  it.each([
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x7b, 0x1b]), /data +\\xff\\xfe\{\\u001b/],
    ['a text', `password=hunter2 ${CLEAR} é`, /data +password=\[hidden\] \\u001b\[2J é/],
    ['JSON', '{"card":"4111111111111111","a":{"token":"hunter2","n":1}}', /"token":"\[hidden\]","n":1/],
    [
      'JSON that was cut off in a letter',
      Buffer.from('{"apiKey":"hunter2","b":"é').subarray(0, -1),
      /"apiKey":"\[hidden\]","b":"\n/,
    ],
    ['nothing', '', /data +\n/],
  ])('of %s are shown with what can be read of it and no secret', async (_what, content, shown) => {
    const id = await stray(content);
    const { code, out, raw } = await cli(`dead-letters show transport ${id}`);
    expect(code).toBe(0);
    expect(out).toMatch(shown);
    for (const text of [
      'dead',
      'queue      wake-stock',
      'damaged: no JSON in its data',
      'came       once',
      'marketplace here-1',
    ])
      expect(out).toContain(text);
    for (const secret of ['hunter2', '4111', CLEAR]) expect(raw).not.toContain(secret);
    expect(await json(`show transport ${id}`)).toMatchObject({ origin: 'transport', id, settled: null });
  });

  it('can be discarded or resolved, once, and keep who, when and why; nothing else can be done', async () => {
    const id = await stray('x');
    const refused = async (words: string, cure: RegExp) =>
      expect(await cli(`dead-letters ${words}`)).toMatchObject({ code: 2, err: expect.stringMatching(cure) });
    await refused(
      `replay transport ${id}`,
      /can't be replayed: there is no delivery in it.*discard it with a reason/,
    );
    await refused(`discard transport ${id}`, /required option '--reason/);
    expect((await json('list')).total).toBe(1);
    expect(await json(`discard transport ${id} --reason "a load test" --who ada`)).toEqual({
      action: 'discard',
      wanted: 1,
      acted: [{ listener: 'transport', eventId: id, before: 'dead', after: 'discarded', waitsBehind: null }],
      outOfOrder: [],
    });
    expect((await cli('dead-letters list')).out).toBe('No dead letters.\n');
    expect((await cli(`dead-letters show transport ${id}`)).out).toMatch(
      /ada did it, so it is discarded: a load test/,
    );
    await refused(`resolve transport ${id} --evidence x`, /is discarded already: nothing was changed/);
    await refused(`restore transport ${id} --reason x`, /can't be restored/);
    await refused('show transport 999999', /no stray job 999999/);
    await refused('discard transport 999999 --reason x', /no stray job 999999/);
  });
});

describe('what goes nowhere without having given up', () => {
  it('is told below the list: how much, of what, and which command shows it', async () => {
    const [newer] = [
      await deliver({ listener: 'stock.reserve', state: 'pending', waitsFor: 'ReserveStock@3' }),
      await deliver({ listener: 'stock.reserve', state: 'pending', waitsFor: 'ReserveStock@3' }),
    ];
    const orphan = await deliver({ listener: 'stock.old', state: 'pending' });
    await deliver({ listener: 'stock.reserve', state: 'pending' });
    await database.query(
      `insert into banyan.listeners (name, module, partitions, ordered) values ('stock.reserve', 'stock', 4, false), ('stock.old', 'stock', 4, false)`,
    );
    const known = { listener: 'stock.reserve', waitsFor: 'ReserveStock@3', count: 2, oldest: newer };
    expect((await json('list')).waiting).toEqual([known]); // while no app runs, nobody can tell about the other
    await database.query(
      `insert into banyan.instances (id, app, version, commit, modules, contract, http_routes, http_address, call_address)
       values ('here-1', 'marketplace', '1', '', '{stock}', $1, '[]', '', '')`,
      [{ stock: { listeners: ['stock.reserve hears ReserveStock@1'] } }],
    );
    expect(await json('list')).toMatchObject({
      total: 0,
      waiting: [known, { listener: 'stock.old', waitsFor: null, count: 1, oldest: orphan }],
      unheard: [{ type: 'ReserveStock', count: 4 }],
    });
    expect((await cli('dead-letters list')).out.replaceAll('\n', ' ')).toBe(
      [
        'No dead letters.',
        '2 deliveries wait for code that knows the event: stock.reserve 2 of ReserveStock@3. See banyan listeners.',
        '1 delivery waits for listeners that no running app declares: stock.old 1. See banyan events conservation.',
        '4 of the latest 10000 events are of types that nobody listens to: ReserveStock 4. See banyan events conservation.',
        '',
      ].join(' '),
    );
    expect(await json('list --listener stock.old')).toMatchObject({ waiting: [{ count: 1 }], unheard: [] });
  });
});
