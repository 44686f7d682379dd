import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { LOCKS } from './locks.js';
import { Turns } from './turns.js';

let database: TestDatabase;
let client: Client;
const said: string[] = [];
const log = { warn: (text: string) => said.push(text), info: (text: string) => said.push(text) };
const turns = () =>
  new Turns({
    ...{ url: database.url, app: 'spec', log: log as unknown as PlatformLog, of: 'keeper', everyMs: 20 },
    timeouts: { lock_timeout: 30_000 },
    says: { failed: 'It does not work', again: 'It works again' },
  });
const until = async (met: () => boolean | Promise<boolean>) => {
  while (!(await met())) await new Promise((resolve) => setTimeout(resolve, 20));
};

beforeAll(async () => {
  database = await testDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('are taken by one at a time, and what everybody does is done whosever turn it is', async () => {
  const did: string[] = [];
  const take = (name: string, work: () => Promise<unknown> = async () => undefined) =>
    turns().take(
      async () => {
        did.push(name);
        await work();
        return true;
      },
      async () => did.push(`${name} first`),
    );
  expect(
    await take('one', async () => {
      expect(await take('other')).toBe(false);
    }),
  ).toBe(true);
  expect(await take('later')).toBe(true);
  expect(did).toEqual(['one first', 'one', 'other first', 'later first', 'later']);
});

it('have a connection of their own name, which is gone after the turn', async () => {
  const mine = `select from pg_stat_activity where datname = current_database() and application_name = 'spec keeper'`;
  await turns().take(async () => {
    expect((await client.query(mine)).rowCount).toBe(1);
    return true;
  });
  await until(async () => (await client.query(mine)).rowCount === 0);
});

it('are given up by a stop, in the middle of a statement', async () => {
  await client.query('begin; lock table banyan.events in access exclusive mode');
  const looking = turns();
  const taken = looking.take((own) => own.query('select from banyan.events').then(() => true));
  taken.catch(() => undefined);
  const waits = `select from pg_stat_activity where application_name = 'spec keeper' and wait_event_type = 'Lock'`;
  while ((await client.query(waits)).rowCount === 0) await client.query('select pg_stat_clear_snapshot()');
  await looking.stop();
  await expect(taken).rejects.toThrow();
  expect(looking.stopped).toBe(true);
  await client.query('rollback');
});

it('are tried on when they fail, which is said once, and once when they work again', async () => {
  let looks = 0;
  const looking = turns();
  looking.start(async () => {
    looks += 1;
    if (looks < 4) throw new Error('no');
  });
  await until(() => looks > 5);
  await looking.stop();
  const seen = looks;
  expect(said).toEqual(['It does not work; trying on', 'It works again']);
  await turns().take(async () => true); // as long as two more looks would take
  expect(looks).toBe(seen);
});

it('have each a lock of their own', () => {
  const numbers = Object.values(LOCKS);
  expect(new Set(numbers).size).toBe(numbers.length);
});
