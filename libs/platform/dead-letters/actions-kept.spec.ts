import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { type DeadSource, discard, membersOf, replay, resolve, restore } from './index.js';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const target = { listener: 'order.a', eventId: '1' };

describe('an action', () => {
  it.each([
    ['replay', () => replay(client, [target], { who: ' ' }), /who/],
    ['discard', () => discard(client, [target], { who: 'ada' }), /why/],
    ['resolve', () => resolve(client, [target], { who: 'ada', why: ' ' }), /why/],
    ['restore', () => restore(client, [target], { who: 'ada' }), /why/],
  ])('%s needs who and why, before anything is done', async (_, act, missing) => {
    await expect(act()).rejects.toThrow(missing);
  });

  it('is an audit: nobody changes, deletes or empties the table', async () => {
    await client.query(
      `insert into banyan.dead_letter_actions (listener, event_id, action, who, state_before, state_after, attempts)
       values ('order.a', 1, 'replay', 'ada', 'dead', 'pending', 1)`,
    );
    for (const sql of [
      'update banyan.dead_letter_actions set who = $$bob$$',
      'delete from banyan.dead_letter_actions',
      'truncate banyan.dead_letter_actions',
    ]) {
      await expect(client.query(sql)).rejects.toThrow('is an audit');
    }
  });

  it('on a group that is interrupted leaves the rest as it was, and a second run does exactly the rest', async () => {
    await client.query(
      `with e as (insert into banyan.events (type, version, module, payload, traceparent) select 'A', 1, 'order', '{}', '' from generate_series(1, 1200) returning id)
       insert into banyan.deliveries (listener, event_id, partition, state, attempts, settled_at) select 'order.a', id, 0, 'dead', 1, now() from e`,
    );
    const group = await onlyGroup();
    let statements = 0;
    const dying: DeadSource = {
      query: (sql, parameters) => {
        if (++statements > 1) throw new Error('killed');
        return client.query(sql, parameters);
      },
    };
    const members = await membersOf(client, group);
    await expect(replay(dying, members, { who: 'ada', group })).rejects.toThrow('killed');
    expect(await counts()).toEqual({ dead: 700, pending: 500, kept: 500 });
    expect(await replay(client, await membersOf(client, group), { who: 'ada', group })).toHaveLength(700);
    expect(await counts()).toEqual({ dead: 0, pending: 1200, kept: 1200 });
  });
});

async function onlyGroup(): Promise<string> {
  const { groupDead } = await import('./index.js');
  const groups = await groupDead(client);
  expect(groups).toHaveLength(1);
  return groups[0]?.group as string;
}

async function counts(): Promise<unknown> {
  const [row] = await database.query(
    `select count(*) filter (where state = 'dead')::int as dead, count(*) filter (where state = 'pending')::int as pending,
       (select count(distinct event_id)::int from banyan.dead_letter_actions where cause is not null) as kept from banyan.deliveries`,
  );
  return row;
}
