import { setImmediate as turn } from 'node:timers/promises';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '#testing';
import { waitUntil } from '../../embedded/wait-until.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { Listener } from '../listener.js';
import { Changes } from './changes.js';

const silent = () => undefined;
const LOG: PlatformLog = { debug: silent, info: silent, warn: silent, error: silent };
const LISTENER = { name: 'seller.changes', style: 'inside', options: {} } as Listener;

let database: TestDatabase;
let source: DataSource;
let holder: Client;
let changes: Changes;
const completed: string[] = [];

beforeEach(async () => {
  database = await testDatabase();
  source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  holder = new Client({ connectionString: database.url });
  await holder.connect();
  await database.query(
    `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.changes', 'seller', false, 4)`,
  );
  await database.query(
    `insert into banyan.listener_changes (listener, kind) values ('seller.changes', 'lanes')`,
  );
  completed.length = 0;
  changes = new Changes(
    source,
    () => [LISTENER],
    'spec',
    LOG,
    ({ name }) => void completed.push(name),
  );
});
afterEach(async () => {
  await holder.end();
  await source.destroy();
  await database.drop();
});

/** Its first step waits for somebody who has locked the row of the change. */
async function inItsFirstStep(): Promise<void> {
  await holder.query('begin; select from banyan.listener_changes for update');
  changes.start();
  expect(await waitUntil(isInStep, 10_000)).toBe(true);
}
const isInStep = async () =>
  (
    await database.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'update banyan.listener_changes%'`,
    )
  ).length > 0;
const steps = () =>
  database.query<{ noted: boolean }>('select writers is not null as noted from banyan.listener_changes');

it('a stop waits for the step in hand, and begins no other one', async () => {
  await inItsFirstStep();
  let over = false;
  const stopped = changes.stop(60_000).then(() => {
    over = true;
  });
  await isInStep();
  await turn();
  expect(over).toBe(false);
  await holder.query('rollback');
  await stopped;
  expect(await steps()).toEqual([{ noted: true }]); // the second step would have ended the change
  expect(completed).toEqual([]);
});

it('a stop waits no longer than its deadline, and what comes later begins no other step either', async () => {
  await inItsFirstStep();
  await changes.stop(50);
  expect(await isInStep()).toBe(true);
  await holder.query('rollback');
  expect(await waitUntil(async () => (await steps())[0]?.noted === true, 10_000)).toBe(true);
  await changes.stop(60_000); // all that it began has ended
  expect(await steps()).toEqual([{ noted: true }]);
  expect(completed).toEqual([]);
});
