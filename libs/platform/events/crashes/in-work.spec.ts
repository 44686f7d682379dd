import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type TestDatabase, testDatabase } from '#testing';
import { waitUntil } from '../../embedded/wait-until.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { InWork } from './in-work.js';

let database: TestDatabase;
let door: Server;
/** Those who wait at the door of Postgres, once it is shut. */
const waiting: Socket[] = [];
let shut = false;
const open: Socket[] = [];
const warned: string[] = [];
const silent = () => undefined;
const log: PlatformLog = {
  debug: silent,
  info: silent,
  warn: (line) => void warned.push(line),
  error: silent,
};

const letIn = (from: Socket) => {
  const { hostname, port } = new URL(database.url);
  const to = connect(Number(port), hostname);
  for (const socket of [from, to]) socket.on('error', silent);
  open.push(from, to);
  from.pipe(to).pipe(from);
};

beforeAll(async () => {
  database = await testDatabase();
  door = createServer((socket) => (shut ? waiting.push(socket) : letIn(socket)));
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => door.close(resolve));
  await database.drop();
});

const lives = () =>
  database.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name = 'shop life'`,
  );
const marks = () => database.query(`select from banyan.in_work where instance = 'i1'`);
const lane = { listener: 'seller.a', partition: 0 };

function inWork(): InWork {
  const url = new URL(database.url);
  url.port = String((door.address() as AddressInfo).port);
  return new InWork(String(url), { app: 'shop', instance: 'i1' }, log);
}

it('whoever comes to a lane whose mark is being written waits for it, too', async () => {
  const mine = inWork();
  await mine.start();
  const first = mine.enter(lane);
  mine.leave(lane); // without having waited: what it asked of Postgres failed
  const second = mine.enter(lane);
  expect(second).toBeDefined();
  await second;
  expect(await marks()).toHaveLength(1);
  await first;
  expect(mine.enter(lane)).toBeUndefined();
  await mine.stop();
  expect(await marks()).toEqual([]);
});

it('a process that stops while it connects anew leaves no session behind, and says that its marks stay', async () => {
  const mine = inWork();
  await mine.start();
  await mine.enter(lane);
  shut = true;
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'shop life'`,
  );
  await waitUntil(() => waiting.length > 0, 10_000);
  await mine.stop();
  expect(warned).toEqual([expect.stringContaining('marks of what was in work stay')]);
  const [late] = waiting as [Socket];
  const before = open.length;
  letIn(late);
  const ended = new Promise((resolve) => late.once('close', () => resolve('ended')));
  expect(await Promise.race([ended, pause(10_000, 'stays', { ref: false })])).toBe('ended');
  expect(open.length).toBe(before + 2);
  expect(await waitUntil(async () => (await lives()).length === 0, 5_000)).toBe(true);
});
