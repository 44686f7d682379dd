import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RunningRedis, startRedis } from './index.js';
import { makeProject } from './project.fixture.js';
import { waitUntil } from './wait-until.js';

/** Where test runs keep the unpacked programs. */
const PACKAGES = join(__dirname, '../../../.banyan/redis');
let dir: string;
let redis: RunningRedis;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'banyan-redis-'));
  redis = await startRedis({ dir, packages: PACKAGES, databases: 40 });
});
afterAll(async () => {
  await redis.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Whether a Redis answers at `url`. */
const answers = async (url: string): Promise<boolean> => {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined); // the answer below says it
  // No disconnect() after a refusal: ioredis 6 would keep the process alive for two seconds.
  return client
    .connect()
    .then(async () => (await client.ping()) === 'PONG' && (await client.quit()) === 'OK')
    .catch(() => false);
};

it('an embedded Redis evicts nothing, writes nothing to disk, and has as many databases as asked for', async () => {
  const client = new Redis(`${redis.url}/39`);
  const settings = JSON.stringify(
    await client.config('GET', 'maxmemory-policy', 'appendonly', 'save', 'bind'),
  );
  expect(settings).toContain('noeviction');
  expect(settings).toMatch(/"appendonly"[,:]"no"/);
  expect(settings).toMatch(/"save"[,:]""/);
  expect(settings).toMatch(/"bind"[,:]"127.0.0.1"/);
  await client.quit();
});

it('two of them do not meet', async () => {
  const second = await startRedis({ dir, packages: PACKAGES });
  expect(second.url).not.toBe(redis.url);
  await second.stop();
  expect(await answers(second.url)).toBe(false);
  expect(await answers(redis.url)).toBe(true);
});

it('a stopped one leaves no file behind', async () => {
  const second = await startRedis({ dir, packages: PACKAGES });
  expect(readdirSync(dir)).toHaveLength(2);
  await second.stop();
  expect(readdirSync(dir)).toHaveLength(1);
});

it('one that hangs is killed at the deadline', async () => {
  const second = await startRedis({ dir, packages: PACKAGES });
  const client = new Redis(second.url);
  const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  await client.quit();
  process.kill(pid, 'SIGSTOP');
  const begin = Date.now();
  await second.stop(200);
  expect(Date.now() - begin).toBeLessThan(3_000);
  expect(await answers(second.url)).toBe(false);
});

describe('in a process of its own', () => {
  let project: string;
  beforeAll(() => {
    project = mkdtempSync(join(dir, 'project-'));
    makeProject(project);
  });

  /** Starts a Redis in another process; its first line is the address or what went wrong. */
  const another = async (
    packages: string,
    env = process.env,
  ): Promise<{ parent: ChildProcess; line: string }> => {
    const script = `const { startRedis } = require(${JSON.stringify(join(project, 'embedded/redis.js'))});
      startRedis({ dir: ${JSON.stringify(project)}, packages: ${JSON.stringify(packages)} })
        .then(({ url }) => url, (error) => error.message).then(console.log).then(() => process.stdin.resume());`;
    const parent = spawn(process.execPath, ['-e', script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    return { parent, line: line.toString().trim() };
  };

  it('it ends with its parent, also when that is killed', async () => {
    const { parent, line: url } = await another(PACKAGES);
    expect(await answers(url)).toBe(true);
    parent.kill('SIGKILL');
    expect(await waitUntil(async () => !(await answers(url)), 5_000)).toBe(true);
  });

  it('where neither Redis nor apt is found, the message says what to install', async () => {
    const { parent, line } = await another(join(dir, 'none'), { PATH: dir });
    parent.kill();
    expect(line).toMatch(/this is no Debian.*apt-get install redis-server.*brew install redis/);
  });
});
