import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '#testing';
import type { PlatformLog } from '../telemetry/platform-log.js';
import type { Listener } from './listener.js';
import { Sweep } from './sweep.js';
import { postgresBackend, type WakeBackend } from './wake/backend.js';
import { Waker } from './wake/waker.js';

let database: TestDatabase;
let source: DataSource;
let backend: WakeBackend;
let waker: Waker;
const warned: string[] = [];
const silent = () => undefined;
const log: PlatformLog = {
  debug: silent,
  info: silent,
  warn: (line) => void warned.push(line),
  error: silent,
};

beforeAll(async () => {
  database = await testDatabase();
  source = await new DataSource({ type: 'postgres', url: database.url, poolSize: 1 }).initialize();
  backend = postgresBackend(database.url, 'test', 0, 2);
  waker = new Waker(backend, log, 'sweeper');
});
afterAll(async () => {
  await waker.close();
  await backend.close();
  await source.destroy();
  await database.drop();
});

it('a sweep that stops waits no longer than it may for a lane that it helps with, and names it', async () => {
  await database.query(
    `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.hangs', 'seller', false, 1)`,
  );
  await database.query(`insert into banyan.deliveries (listener, event_id, partition, due_at)
    values ('seller.hangs', 1, 0, clock_timestamp() - interval '1 hour')`);
  const taken: string[] = [];
  const hangs = ({ listener }: { listener: string }) => {
    taken.push(listener);
    return new Promise<never>(() => undefined);
  };
  const listeners = [{ name: 'seller.hangs', types: [] as const }] as unknown as Listener[];
  const sweep = new Sweep(source, waker, () => listeners, hangs, log);
  for (let look = 0; look < 3; look++) await sweep.lookNow();
  expect(taken).toEqual(['seller.hangs']);
  const stopped = sweep.stop(50).then(() => 'stopped');
  expect(await Promise.race([stopped, pause(10_000, 'hangs', { ref: false })])).toBe('stopped');
  expect(warned).toEqual([expect.stringContaining('leaves to itself: seller.hangs-0')]);
});
