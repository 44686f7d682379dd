import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RunningPostgres, type RunningRedis, startPostgres, startRedis } from '#platform/embedded';
import {
  buildIfOlder,
  freePort,
  leftRunning,
  type StartedShop,
  startShop,
  until,
} from './started-shop.fixture.js';

const PACKAGES = join(tmpdir(), 'banyan-redis-packages');
jest.setTimeout(120_000);
let world: string;
let folder: string;
let postgres: RunningPostgres;
let redis: RunningRedis | undefined;
let redisPort: number;

beforeAll(async () => {
  buildIfOlder();
  world = mkdtempSync(join(tmpdir(), 'banyan-away-'));
  chmodSync(world, 0o755);
  folder = mkdtempSync(join(world, 'shop-'));
  redisPort = await freePort();
  postgres = await startPostgres({ dataDir: join(world, 'servers'), durable: false });
});
afterEach(async () => {
  for (const line of leftRunning(folder)) process.kill(Number.parseInt(line, 10), 'SIGKILL'); // of a test that failed
  await redis?.stop();
  redis = undefined;
});
afterAll(async () => {
  await postgres.stop();
  rmSync(world, { recursive: true, force: true });
});

const launchRedis = async () => {
  redis = await startRedis({ dir: join(world, 'redis'), packages: PACKAGES, port: redisPort });
};
/** Starts the shop on these servers. */
const start = (...words: string[]): Promise<StartedShop> =>
  startShop({
    folder,
    words,
    settings: {
      ...{ DATABASE_URL: postgres.url, DATABASE_POOL: '4', LOG_FORMAT: 'json' },
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    },
  });
const health = async (shop: StartedShop) => (await fetch(`${shop.url}/health/ready`)).text();
const stopsInTime = async (shop: StartedShop) => {
  expect(leftRunning(folder).length).toBeGreaterThanOrEqual(2); // else finding nothing later proves nothing
  shop.signal('SIGTERM');
  const { ms } = await shop.ended();
  expect(leftRunning(folder)).toEqual([]);
  expect(ms).toBeLessThan(12_000); // ten seconds, and a busy machine
};
/** The server and its sessions. */
const processesOfPostgres = (): number[] => {
  const { home } = JSON.parse(readFileSync(join(world, 'servers', 'postgres.json'), 'utf8')) as {
    home: string;
  };
  const [first] = readFileSync(join(home, 'cluster', 'postmaster.pid'), 'utf8').split('\n');
  const sessions = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim();
  return [first, ...sessions.split(' ')].map(Number);
};
const processOfRedis = async (): Promise<number> => {
  const client = new Redis(redisPort, '127.0.0.1');
  const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  await client.quit();
  return pid;
};
const signalAll = (pids: readonly number[], signal: NodeJS.Signals) => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // a session that has just ended
    }
  }
};

it('apps apart stop in their time while Redis and Postgres are silent, and nothing is left of them', async () => {
  await launchRedis();
  const shop = await start('--apart', 'payment');
  const servers = [...processesOfPostgres(), await processOfRedis()];
  signalAll(servers, 'SIGSTOP');
  await stopsInTime(shop).finally(() => signalAll(servers, 'SIGCONT'));
});

it('one process starts without Redis, says so, answers, is well again when it comes, and stops in its time when both are killed', async () => {
  const shop = await start();
  expect(shop.said()).toMatch(
    /Redis at \S+ does not answer \(connect ECONNREFUSED \S+\): start it, or correct/,
  );
  expect(shop.said()).toMatch(/BullMQ on +Redis \(\S+\), which was away at the start/);
  const away = async () => (await health(shop)).includes('"message":"Redis is away: ');
  expect(await away()).toBe(true);
  expect((await fetch(`${shop.url}/seller/1`)).status).toBe(200);
  await launchRedis();
  await until(async () => !(await away()), 60_000, shop.said);
  signalAll([await processOfRedis(), ...processesOfPostgres()], 'SIGKILL');
  await stopsInTime(shop);
});
