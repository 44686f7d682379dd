import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RunningModules, startModules } from '#testing';
import { type RunningRedis, startRedis } from '../../embedded/redis.js';
import { wireTo } from '../../host/wire.fixture.js';
import { UnitsOfWork } from '../../work/units-of-work.js';
import { CustomerModule, Paid, SellerModule } from '../events.sample.js';
import { jobsAreTaken, until } from './jobs-are-taken.fixture.js';

const PACKAGES = join(tmpdir(), 'banyan-redis-packages');
let folder: string;
let first: Server;
let second: Server;
let wire: Awaited<ReturnType<typeof wireTo>>;
let app: RunningModules;
let lines: { level: string; message: string }[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-redis-failover-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  lines = [];
  [first, second] = await Promise.all([one(), one()]);
  wire = await wireTo(new URL(first.url));
  app = await startModules({
    here: [SellerModule, CustomerModule],
    settings: { REDIS_URL: `redis://127.0.0.1:${wire.port}`, LOG_LEVEL: 'info' },
    lines: (line) => void lines.push(JSON.parse(line)),
  });
  await app.query(
    'create table seller.test_notes (id bigint generated always as identity, listener text, n int, who text)',
  );
  await app.query('grant insert, select on seller.test_notes to banyan_seller');
});
afterEach(async () => {
  await app.stop();
  wire.cut();
  for (const { client, stop } of [first, second]) {
    client.disconnect();
    await stop();
  }
});

/** A server, and a connection of an operator to it. */
type Server = RunningRedis & { readonly client: Redis };
async function one(): Promise<Server> {
  const dir = mkdtempSync(join(folder, 'server-')); // what a replica was sent is written there
  const server = await startRedis({ dir, packages: PACKAGES });
  const client = new Redis(server.url);
  client.on('error', () => undefined); // it goes with its server
  return { ...server, client };
}
const degraded = async () => (await app.http('GET', '/health/ready')).body.degraded as string[];
const said = (words: string) => lines.filter(({ message }) => message.includes(words));

/** Publishes from a number on until `over`, without a pause; each is one order of a seller. @returns the number after the last */
async function business(from: number, over: () => boolean): Promise<number> {
  let n = from;
  for (; !over(); n++) {
    await app
      .get(UnitsOfWork)
      .of('customer')
      .run(async (unit) => unit.publish(Paid, { n, who: 'ada' }));
    await pause(5);
  }
  return n;
}

/** Looks whether each order was heard once, in its order. */
async function heardUntil(end: number): Promise<void> {
  await app.drain();
  const heard = await app.query<{ n: number }>(
    `select n from seller.test_notes where listener = 'in-order' order by id`,
  );
  expect(heard.map(({ n }) => n)).toEqual(Array.from({ length: end - 1 }, (_, n) => n + 1));
}

/** Has business going on while something happens to Redis, until the app wakes through the second server and nothing is degraded. */
async function businessDuring(fails: () => Promise<void>): Promise<void> {
  let healed = false;
  const going = business(1, () => healed);
  try {
    await jobsAreTaken(first.url);
    // It has been looked at, and the answers to that have arrived: that to a later question on the same connection has.
    await until(async () => (await first.client.exists('banyan:remembers')) === 1);
    await until(async () => (await degraded()).length === 0);
    await fails();
    await jobsAreTaken(second.url);
    await until(async () => (await degraded()).length === 0);
  } finally {
    healed = true;
  }
  await heardUntil(await going);
}

it('a failover to a replica: business goes on, and wake-ups go through the one that was promoted', async () => {
  const [old, replica] = [first.client, second.client];
  await replica.call('REPLICAOF', '127.0.0.1', new URL(first.url).port);
  await until(async () => /master_link_status:up/.test(await replica.info('replication')));
  await businessDuring(async () => {
    // As a sentinel does it: who is connected stays connected to what is a replica now, and is led to the new one when it comes again.
    await replica.call('REPLICAOF', 'NO', 'ONE');
    wire.leadTo(new URL(second.url));
    await old.call('REPLICAOF', '127.0.0.1', new URL(second.url).port);
  });
  expect(said('lost its state')).toEqual([]);
});

it('a server that dies, and an empty one in its place: business goes on, and the log says what was lost', async () => {
  await businessDuring(async () => {
    wire.leadTo(new URL(second.url));
    await first.stop(0);
  });
  await until(() => said('lost its state').length > 0);
  expect(said('lost its state')).toHaveLength(1);
});

it('a server that vanishes with its machine, so that no connection is ever closed: business goes on, and they are made anew', async () => {
  await businessDuring(async () => {
    wire.hold();
    wire.leadTo(new URL(second.url));
  });
});
