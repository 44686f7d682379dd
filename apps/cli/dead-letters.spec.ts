import { type TestDatabase, testDatabase } from '#testing';
import { banyan } from './banyan.fixture.js';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const CLEAR = '\u001b[2J';

let database: TestDatabase;
const on = () => ({ settings: { DATABASE_URL: database.url }, width: 110 });
const cli = (words: string) => banyan(words, on());
const states = async () =>
  (await database.query<{ state: string }>('select state from banyan.deliveries order by event_id')).map(
    ({ state }) => state,
  );

beforeAll(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  await database.query('alter table banyan.dead_letter_actions disable trigger user');
  await database.query(
    'truncate banyan.events, banyan.deliveries, banyan.attempts, banyan.dead_letter_actions, banyan.subscriptions',
  );
  await database.query('alter table banyan.dead_letter_actions enable trigger user');
});
afterAll(() => database.drop());

/** Puts a delivery there that gave up after two attempts, and what waits behind it; answers the id of its event. */
async function bury(listener: string, message: string, waiting = 0): Promise<string> {
  const publish = async (state: string, attempts: number) => {
    const [event] = await database.query<{ id: string }>(
      `insert into banyan.events (type, version, module, key, payload, traceparent)
       values ('ReserveStock', 1, 'cart', 'customer:7', $1, '${TRACE}') returning id`,
      [{ n: 1, password: 'hunter2', note: CLEAR }],
    );
    const { id } = event as { id: string };
    await database.query(
      `insert into banyan.deliveries (listener, event_id, partition, key, state, attempts, settled_at, reason)
       values ($1, $2, 1, 'customer:7', $3::text, $4, case when $3::text = 'dead' then clock_timestamp() end, case when $3::text = 'dead' then 'fault: ' || $5 end)`,
      [listener, id, state, attempts, message],
    );
    return id;
  };
  const id = await publish('dead', 2);
  for (const attempt of [1, 2]) {
    await database.query(
      `insert into banyan.attempts (listener, event_id, attempt, kind, error_class, message, stack, app, instance, traceparent)
       values ($1, $2, $3, 'fault', 'TimeoutError', $4, $5, 'marketplace', 'here-1', '${TRACE}')`,
      [
        listener,
        id,
        attempt,
        message,
        `TimeoutError: ${message}\n    at Stock.reserve (/app/libs/marketplace/stock/stock.data.ts:1:1)\nCaused by: Error: connect ECONNREFUSED 10.0.0.1:99`,
      ],
    );
  }
  for (let n = 0; n < waiting; n++) await publish('pending', 0);
  return id;
}

describe('banyan dead-letters groups', () => {
  it('shows each cause once, with how many, where, why and an example', async () => {
    await bury('stock.reserve', 'no answer for order 1');
    const last = await bury('stock.other', 'no answer for order 2');
    await bury('stock.reserve', 'another cause');
    const { code, out } = await cli('dead-letters groups');
    expect(code).toBe(0);
    for (const text of [
      '2 dead letters',
      '1 dead letter',
      'TimeoutError: no answer for order #',
      'at reserve (libs/marketplace/stock/stock.data)',
      'because of Error: connect ECONNREFUSED #',
      `for example stock.other ${last}`,
    ])
      expect(out).toContain(text);
    expect(
      Math.max(
        ...out
          .split('\n')
          .slice(0, -2)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(110);
    const { groups } = JSON.parse((await cli('dead-letters groups --json')).raw);
    expect(groups).toMatchObject([{ dead: 2, group: expect.stringMatching(/^[0-9a-f]{12}$/) }, { dead: 1 }]);
    expect((await cli('dead-letters list')).out).toContain(`group ${groups[0].group}`);
    expect((await cli('dead-letters groups --listener stock.other --json')).raw).toContain('"dead": 1');
  });

  it('says that there are none', async () => {
    expect(await cli('dead-letters groups')).toMatchObject({ code: 0, out: 'No dead letters.\n' });
  });
});

describe('banyan dead-letters show', () => {
  it('tells state, event, every attempt with where it was made, and what is held up; it hides secrets', async () => {
    const id = await bury('stock.reserve', `card 4111 1111 1111 1111 ${CLEAR}`, 3);
    const { code, out, raw } = await cli(`dead-letters show stock.reserve ${id}`);
    expect(code).toBe(0);
    for (const text of [
      'dead',
      'holds up   3 deliveries of its key',
      'ReserveStock version 1, published by cart',
      'key        customer:7',
      '"password": "[hidden]"',
      'attempt 1',
      'attempt 2',
      'in marketplace here-1',
      TRACE,
      'stock.data.ts:1:1',
      'Caused by: Error: connect',
    ])
      expect(out).toContain(text);
    for (const secret of ['hunter2', '4111', CLEAR]) expect(raw).not.toContain(secret);
    expect(JSON.parse((await cli(`dead-letters show stock.reserve ${id} --json`)).raw)).toMatchObject({
      waiting: 3,
      attempts: [{ attempt: 1 }, { attempt: 2 }],
      actions: [],
    });
  });

  it('says what to do when there is no such delivery', async () => {
    expect(await cli('dead-letters show stock.reserve 4711')).toMatchObject({
      code: 2,
      err: expect.stringContaining('banyan events show 4711'),
    });
  });
});

describe('banyan dead-letters replay, discard, resolve and restore', () => {
  it('act on one, and keep who, when and why for show', async () => {
    const id = await bury('stock.reserve', 'no answer');
    expect(
      await cli(`dead-letters discard stock.reserve ${id} --reason "the customer cancelled" --who ada`),
    ).toMatchObject({ code: 0, out: '1 delivery is discarded.\n' });
    expect(
      await cli(`dead-letters restore stock.reserve ${id} --reason "she did not" --who bob`),
    ).toMatchObject({ code: 0 });
    expect((await cli(`dead-letters replay stock.reserve ${id}`)).out).toMatch(
      /^1 delivery is pending again/,
    );
    expect(await states()).toEqual(['pending']);
    const { out } = await cli(`dead-letters show stock.reserve ${id}`);
    expect(out).toMatch(
      /ada did a discard, so it is discarded: the customer cancelled\n.* bob did a restore, so it is dead: she did not\n.* \S+ did a replay, so it is pending\n/,
    );
  });

  it('act on a group, as many as they are told, and on nothing else', async () => {
    for (let n = 0; n < 3; n++) await bury('stock.reserve', `no answer for ${n}`);
    await bury('stock.reserve', 'another cause');
    const [{ group }] = JSON.parse((await cli('dead-letters groups --json')).raw).groups;
    expect(
      JSON.parse(
        (await cli(`dead-letters resolve --group ${group} --limit 1 --evidence "receipt 17" --json`)).raw,
      ),
    ).toMatchObject({ action: 'resolve', wanted: 1, acted: [{ before: 'dead', after: 'resolved' }] });
    expect((await cli(`dead-letters discard --group ${group} --reason x`)).out).toBe(
      '2 deliveries are discarded.\n',
    );
    expect(await states()).toEqual(['resolved', 'discarded', 'discarded', 'dead']);
    // Discarded ones of a group come back as a group; an earlier one of the key was resolved, which is before them.
    expect(await cli(`dead-letters restore --group ${group} --reason y --out-of-order`)).toMatchObject({
      code: 0,
    });
    expect(await states()).toEqual(['dead', 'dead', 'dead', 'dead']);
    expect(await cli(`dead-letters restore --group ${group} --reason y`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Nothing to restore'),
    });
  });

  it('say what a replayed one waits for', async () => {
    const first = await bury('stock.reserve', 'no answer');
    const second = await bury('stock.reserve', 'no answer');
    expect((await cli(`dead-letters replay stock.reserve ${second}`)).out).toContain(
      `1 waits behind a dead letter of the same key, such as stock.reserve ${first}`,
    );
  });

  it('leave what would come out of order as it is, and say so', async () => {
    const id = await bury('stock.reserve', 'no answer', 1);
    await cli(`dead-letters discard stock.reserve ${id} --reason x`);
    await database.query(`update banyan.deliveries set state = 'done' where state = 'pending'`);
    expect(await cli(`dead-letters restore stock.reserve ${id} --reason y`)).toMatchObject({
      code: 1,
      out: expect.stringContaining('--out-of-order restores all the same'),
    });
    expect(await states()).toEqual(['discarded', 'done']);
  });

  it.each([
    [
      'dead-letters replay stock.reserve $id',
      /is done, and only what is dead can be replayed: nothing was changed/,
    ],
    ['dead-letters discard stock.reserve $id --reason x', /is done, and only what is dead/],
    [
      'dead-letters restore stock.reserve $id --reason x',
      /only what is discarded or resolved can be restored/,
    ],
    ['dead-letters replay stock.reserve 999999', /There is no delivery of event 999999/],
    ['dead-letters discard stock.reserve $id', /required option '--reason/],
    ['dead-letters discard stock.reserve $id --reason " "', /must say something/],
    ['dead-letters resolve stock.reserve $id', /required option '--evidence/],
    ['dead-letters replay', /Say which/],
    ['dead-letters replay stock.reserve', /Say which/],
    ['dead-letters replay stock.reserve $id --group 0123456789ab', /not both/],
    ['dead-letters replay stock.reserve one', /whole number/],
    ['dead-letters replay --group 0123456789ab', /Nothing to replay in group 0123456789ab/],
    ['dead-letters replay --group abc', /12 hex digits/],
  ])('answer "%s" with the cure, change nothing, and end with 2', async (words, cure) => {
    const id = await bury('stock.reserve', 'no answer');
    await database.query(`update banyan.deliveries set state = 'done'`);
    const { code, err } = await cli(words.replace('$id', id));
    expect(err).toMatch(cure);
    expect(code).toBe(2);
    expect(await states()).toEqual(['done']);
    expect(await database.query('select from banyan.dead_letter_actions')).toHaveLength(0);
  });
});

describe('banyan effects', () => {
  it('lists what was called for, with key, calls and what is known; and only what is unknown, if asked', async () => {
    expect(await cli('effects list')).toMatchObject({ code: 0, out: 'No calls were made.\n' });
    const key = '0123abcd-0000-4000-8000-00000000000a';
    const id = await bury('payment.charge', `no answer ${CLEAR}`);
    await bury('stock.reserve', 'it calls nobody');
    await database.query(
      `update banyan.deliveries set calls = 2, effect_key = $1, first_call_at = clock_timestamp(), last_call_at = clock_timestamp(),
       called_app = 'marketplace', called_instance = 'here-1', outcome = 'unknown' where event_id = $2`,
      [key, id],
    );
    const { code, out, raw } = await cli('effects list --unknown');
    expect(code).toBe(0);
    expect(out).toContain(`unknown payment.charge ${id} dead\n  2 calls under the key ${key}`);
    expect(out).toContain('TimeoutError: no answer');
    expect(raw).not.toContain(CLEAR);
    expect(JSON.parse((await cli('effects list --json')).raw)).toMatchObject({
      total: 1,
      effects: [{ listener: 'payment.charge', eventId: id, key, outcome: 'unknown', calls: 2 }],
    });
    expect((await cli(`dead-letters show payment.charge ${id}`)).out).toContain(
      `effect     unknown after 2 calls under the key ${key}`,
    );
    await cli(`dead-letters resolve payment.charge ${id} --who me --evidence receipt-7`);
    expect((await cli('effects list --unknown')).out).toBe('No effect is unknown.\n');
    expect((await cli('effects list')).out).toContain(`${id} resolved`);
    expect((await cli('effects list --listener stock.reserve')).out).toBe('No calls were made.\n');
  });
});

describe('banyan events', () => {
  it('conservation ends with 0 while all is accounted for, and with 1 and the ids when something is missing', async () => {
    expect(await cli('events conservation')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Nothing was published to anybody'),
    });
    const id = await bury('stock.reserve', 'no answer', 2);
    await database.query(
      `insert into banyan.listeners (name, module, ordered, partitions) values ('stock.reserve', 'stock', true, 4) on conflict do nothing`,
    );
    await database.query(
      `insert into banyan.subscriptions (type, listener, since) values ('ReserveStock', 'stock.reserve', now() - interval '1 hour')`,
    );
    const fine = await cli('events conservation');
    expect(fine).toMatchObject({
      code: 0,
      out: expect.stringContaining('Everything that was published is accounted for'),
    });
    expect(fine.out).toMatch(/ReserveStock +│ stock.reserve +│ +3 │ +0 │ +0 │ +2 │ +1 │ +0 │ +0 │ +0 │/);
    await database.query('delete from banyan.deliveries where event_id = $1', [id]);
    expect(await cli('events conservation')).toMatchObject({
      code: 1,
      out: expect.stringContaining(`stock.reserve has no delivery of 1 event of ReserveStock: ${id}\n1 gap.`),
    });
    expect(await cli('events conservation --json')).toMatchObject({ code: 1 });
    expect(await cli(`events conservation --after ${id}`)).toMatchObject({ code: 0 });
  });

  it('conservation names deliveries without an event, and those that wait for nobody', async () => {
    const id = await bury('stock.gone', 'no answer', 1);
    await database.query('delete from banyan.events where id = $1', [id]);
    const { code, out } = await cli('events conservation');
    expect(code).toBe(1);
    expect(out).toContain(`stock.gone has 1 delivery whose event is gone: ${id}`);
    expect(out).toMatch(
      /1 delivery waits for stock.gone of ReserveStock, which no running app declares: \d+\n {2}Start the app/,
    );
  });

  it('show tells an event, its deliveries and what it caused', async () => {
    const id = await bury('stock.reserve', 'no answer');
    await database.query(
      `insert into banyan.events (type, version, module, payload, traceparent, conversation, causation, hops) values ('StockConfirmed', 1, 'stock', '{}', '', $1, $1, 1)`,
      [id],
    );
    const { code, out, raw } = await cli(`events show ${id}`);
    expect(code).toBe(0);
    expect(out).toMatch(
      /ReserveStock \d+ by cart .* key customer:7\n {2}dead stock.reserve after 2 failed .*: fault: no answer\n {4}StockConfirmed \d+ by stock/,
    );
    expect(out).toContain('trace      4bf92f3577b34da6a3ce929d0e0e4736');
    for (const secret of ['hunter2', CLEAR]) expect(raw).not.toContain(secret);
    expect(JSON.parse((await cli(`events show ${id} --json`)).raw)).toMatchObject({
      id,
      caused: [{ type: 'StockConfirmed' }],
    });
    expect(await cli('events show 999999')).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no event 999999'),
    });
  });
});
