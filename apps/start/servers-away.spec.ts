import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
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
});
beforeEach(async () => {
  postgres = await startPostgres({ dataDir: join(world, 'servers'), durable: false });
});
afterEach(async () => {
  for (const line of leftRunning(folder)) process.kill(Number.parseInt(line, 10), 'SIGKILL'); // of a test that failed
  await redis?.stop();
  redis = undefined;
  await postgres.stop();
});
afterAll(() => {
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
      ...{ DATABASE_URL: postgres.url, DATABASE_POOL: '4', LOG_FORMAT: 'json', STOP_TIMEOUT_MS: '3000' },
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    },
  });
const ask = async (sql: string, ...parameters: unknown[]) => {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  return client.query(sql, parameters).finally(() => client.end());
};
/** What each app says of its health that was started since; a facade knows only its own. */
const healthOfApps = async (since: Date): Promise<string[]> => {
  const { rows } = await ask(
    'select http_address as url from banyan.instances where started_at > $1 and cardinality(modules) > 0',
    since,
  );
  return Promise.all(rows.map(async ({ url }) => (await fetch(`${url}/health/ready`)).text()));
};
const stopsInTime = async (shop: StartedShop) => {
  expect(leftRunning(folder).length).toBeGreaterThanOrEqual(2); // else finding nothing later proves nothing
  shop.signal('SIGTERM');
  const { ms } = await shop.ended();
  expect(leftRunning(folder)).toEqual([]);
  expect(ms).toBeLessThan(7_000); // the time that it has, and a busy machine
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

/** What is typed for each placement. */
const PLACEMENTS: [placement: string, ...words: string[]][] = [['together'], ['apart', '--apart', 'payment']];
const serversOf = async () => [...processesOfPostgres(), await processOfRedis()];

it.each(PLACEMENTS)(
  'apps %s stop in their time while Redis and Postgres are silent, and nothing is left of them',
  async (_, ...words) => {
    await launchRedis();
    const shop = await start(...words);
    const servers = await serversOf();
    signalAll(servers, 'SIGSTOP');
    await stopsInTime(shop).finally(() => signalAll(servers, 'SIGCONT'));
  },
);

it.each(PLACEMENTS)(
  'apps %s start without Redis, say so, answer, are well again when it comes, and stop in their time when both are killed',
  async (_, ...words) => {
    const { rows } = await ask('select clock_timestamp() as now');
    const shop = await start(...words);
    expect(shop.said()).toMatch(
      /Redis at \S+ does not answer \(connect ECONNREFUSED \S+\): start it, or correct/,
    );
    expect(shop.said()).toMatch(/BullMQ on +Redis \(\S+\), which was away at the start/);
    const away = async () =>
      (await healthOfApps(rows[0].now)).map((said) => said.includes('"message":"Redis is away: '));
    expect(await away()).toEqual(words.length > 0 ? [true, true] : [true]);
    expect((await fetch(`${shop.url}/seller/1`)).status).toBe(200);
    await launchRedis();
    await until(async () => !(await away()).includes(true), 60_000, shop.said);
    signalAll(await serversOf(), 'SIGKILL');
    await stopsInTime(shop);
  },
);
