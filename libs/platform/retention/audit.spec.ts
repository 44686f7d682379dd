import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { Keeper } from './keeper.js';

const DAY = 86_400_000;
const LIMITS = { keepMs: DAY / 24, keepBytes: 2 ** 40, windowMs: 0, settleMs: 0, auditMs: 30 * DAY };

let database: TestDatabase;
let client: Client;
const said: unknown[][] = [];
beforeAll(async () => {
  database = await testDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Lets a keeper look: a new one each time, since one looks after audits once an hour. */
async function round(): Promise<void> {
  said.length = 0;
  const tell = (...line: unknown[]) => void said.push(line);
  const log = { info: tell, warn: tell } as unknown as PlatformLog;
  await new Keeper(database.url, 'spec', LIMITS, log).round();
}

/** Publishes an event that is long settled. @returns its id */
async function publish(state: string): Promise<string> {
  const { rows } = await client.query(
    `with e as (insert into banyan.events (type, version, module, payload, traceparent, occurred_at)
       values ('T', 1, 'cart', '{}', '', now() - interval '90 days') returning id),
     d as (insert into banyan.deliveries (listener, event_id, partition, state, attempts) select 'stock.a', id, 0, $1, 1 from e)
     select id::text from e`,
    [state],
  );
  return rows[0].id;
}
const acted = (eventId: string, daysAgo: number) =>
  client.query(
    `insert into banyan.dead_letter_actions (listener, event_id, action, who, state_before, state_after, attempts, at)
     values ('stock.a', $1, 'replay', 'ada', 'dead', 'pending', 1, now() - $2 * interval '1 day')`,
    [eventId, daysAgo],
  );
const actions = async () =>
  (await client.query('select event_id as id from banyan.dead_letter_actions order by id')).rows.map(
    ({ id }) => id,
  );

it('what was done about a dead letter stays while its event is kept, however old it is, and goes in its time after it', async () => {
  const held = await publish('dead');
  await acted(held, 80);
  await acted(held, 1);
  await client.query('select banyan.end_slice()');
  await round();
  await round();
  expect(await actions()).toEqual([held, held]);
  await expect(
    client.query(`set banyan.audit_ends = on; delete from banyan.dead_letter_actions`),
  ).rejects.toThrow('is an audit'); // not even by those who may

  await client.query('reset banyan.audit_ends');
  await client.query(`update banyan.deliveries set state = 'done'`);
  await round();
  expect((await client.query('select from banyan.events')).rowCount).toBe(0);
  expect(await actions()).toEqual([held]); // that of yesterday
  expect(said).toContainEqual([
    'What was done long ago is dropped from the audit (AUDIT_KEEP_DAYS)',
    { dead_letter_actions: 1 },
  ]);
});

it('of listeners and routes the last of each kind stays, and of stray jobs those that nobody has settled', async () => {
  const ago = (days: number) => `now() - interval '${days} days'`;
  await client.query(`insert into banyan.listener_actions (listener, action, who, why, at) values
    ('stock.a', 'pause', 'first', 'x', ${ago(90)}), ('stock.a', 'resume', 'first', null, ${ago(89)}),
    ('stock.a', 'pause', 'last', 'x', ${ago(88)}), ('stock.b', 'pause', 'other', 'x', ${ago(88)}),
    ('stock.c', 'pause', 'new', 'x', ${ago(1)}), ('stock.c', 'pause', 'newest', 'x', ${ago(0)})`);
  await client.query(`insert into banyan.route_changes (module, app, who, why, changed_at) values
    ('stock', 'a', 'first', 'x', ${ago(90)}), ('stock', 'b', 'last', 'x', ${ago(88)}), ('cart', 'a', 'other', 'x', ${ago(90)})`);
  await client.query(`insert into banyan.stray_jobs (queue, reason, likeness, explanation, job_id, name, content, options, app, instance, last_at,
      settled_as, settled_at, settled_by, settled_because)
    select 'q', 'damaged', name, '', '', name, '', '', 'a', 'a-1', ${ago(90)}, state, at, by, by from (values
      ('open', null, null, null), ('old', 'discarded', ${ago(40)}, 'ada'), ('new', 'resolved', ${ago(2)}, 'ada')) s (name, state, at, by)`);
  await round();
  const left = async (sql: string) =>
    (await client.query(sql)).rows.map((row) => Object.values(row).join(' '));
  expect(await left('select action, who from banyan.listener_actions order by id')).toEqual([
    'resume first',
    'pause last',
    'pause other',
    'pause new',
    'pause newest',
  ]);
  expect(await left('select who from banyan.route_changes order by id')).toEqual(['last', 'other']);
  expect(await left('select name from banyan.stray_jobs order by id')).toEqual(['open', 'new']);
  expect(said).toContainEqual([expect.any(String), { listener_actions: 1, route_changes: 1, stray_jobs: 1 }]);
  await round();
  expect(said).toEqual([]);
});

it('many rows go in several transactions, and a keeper that has looked looks again after an hour', async () => {
  await client.query(`insert into banyan.route_changes (module, app, who, why, changed_at)
    select 'many', 'a', 'x', 'x', now() - interval '90 days' from generate_series(1, 12001)`);
  const silent = { info() {}, warn() {} } as unknown as PlatformLog;
  const keeper = new Keeper(database.url, 'spec', LIMITS, silent);
  const count = async () =>
    (await client.query(`select count(*)::int as n from banyan.route_changes where module = 'many'`)).rows[0]
      .n;
  await keeper.round();
  expect(await count()).toBe(1);
  await client.query(
    `insert into banyan.route_changes (module, app, who, why) values ('many', 'b', 'x', 'x')`,
  );
  await keeper.round();
  expect(await count()).toBe(2);
  await keeper.round(Date.now() + 3_601_000);
  expect(await count()).toBe(1);
});
