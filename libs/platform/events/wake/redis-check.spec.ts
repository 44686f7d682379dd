import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RunningRedis, startRedis } from '../../embedded/redis.js';
import { refuseUnsafeRedis } from './redis-check.js';

const PACKAGES = join(tmpdir(), 'banyan-redis-packages');
let folder: string;
let redis: RunningRedis;
let admin: Redis;
let port: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-redis-check-'));
  redis = await startRedis({ dir: folder, packages: PACKAGES });
  port = Number(new URL(redis.url).port);
  admin = new Redis(redis.url);
});
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The address as a user of the server. */
const as = (user: string, password: string) => `redis://${user}:${password}@127.0.0.1:${port}`;
const fit = { works: true, sentence: undefined };

describe('a Redis is taken', () => {
  it('that is as it should be, and nothing is left in it', async () => {
    expect(await refuseUnsafeRedis(redis.url)).toEqual(fit);
    expect(await admin.keys('*')).toEqual([]);
  });

  it('whose password is in REDIS_URL', async () => {
    await admin.config('SET', 'requirepass', 'secret');
    expect(await refuseUnsafeRedis(as('', 'secret'))).toEqual(fit);
    await admin.config('SET', 'requirepass', '');
  });

  it('that forbids CONFIG, as managed ones do: INFO tells whether it evicts', async () => {
    const managed = await startRedis({
      dir: folder,
      packages: PACKAGES,
      settings: { 'rename-command': ['CONFIG', ''] },
    });
    expect(await refuseUnsafeRedis(managed.url)).toEqual(fit);
    await managed.stop();
  });

  it('that tells nobody whether it evicts, with a warning', async () => {
    const managed = await startRedis({
      dir: folder,
      packages: PACKAGES,
      settings: { 'rename-command': ['CONFIG', ''] },
    });
    const silent = await withoutPolicy(Number(new URL(managed.url).port));
    expect(await refuseUnsafeRedis(silent.url)).toEqual({
      works: true,
      sentence: expect.stringMatching(
        /^Redis at \S+ tells nobody whether it evicts .*: see to it that its maxmemory-policy is/,
      ),
    });
    silent.close();
    await managed.stop();
  });
});

describe('a Redis is no reason not to start', () => {
  it('that is not there', async () => {
    expect(await refuseUnsafeRedis('redis://127.0.0.1:1')).toEqual({
      works: false,
      sentence: expect.stringMatching(
        /^Redis at 127\.0\.0\.1:1 does not answer \(connect ECONNREFUSED .*\): start it, or/,
      ),
    });
  });

  it('that is silent', async () => {
    const pid = Number(/process_id:(\d+)/.exec(await admin.info('server'))?.[1]);
    process.kill(pid, 'SIGSTOP');
    const found = await refuseUnsafeRedis(redis.url).finally(() => process.kill(pid, 'SIGCONT'));
    expect(found).toEqual({
      works: false,
      sentence: expect.stringContaining('does not answer (Command timed out)'),
    });
  });

  it('that is full, or a replica', async () => {
    await admin.config('SET', 'maxmemory', '1');
    const full = await refuseUnsafeRedis(redis.url).finally(() => admin.config('SET', 'maxmemory', '0'));
    expect(full).toEqual({ works: false, sentence: expect.stringContaining('takes no wake-ups now (OOM ') });
    await admin.call('REPLICAOF', '127.0.0.1', '1');
    const replica = await refuseUnsafeRedis(redis.url).finally(() => admin.call('REPLICAOF', 'NO', 'ONE'));
    expect(replica).toEqual({
      works: false,
      sentence: expect.stringContaining('takes no wake-ups now (READONLY '),
    });
  });
});

describe('a Redis is refused, with the cure', () => {
  const refusal = (url: string) =>
    refuseUnsafeRedis(url).then(
      (found) => Promise.reject(new Error(`It was taken: ${JSON.stringify(found)}`)),
      ({ name, message }: Error) => `${name}: ${message}`,
    );

  it('that wants a password, or another one, or has no such database', async () => {
    await admin.config('SET', 'requirepass', 'secret');
    const letIn =
      /^UnsafeRedisError: Redis at \S+ does not let us in \((NOAUTH|WRONGPASS) .*\): correct REDIS_URL/;
    expect(await refusal(redis.url)).toMatch(letIn);
    expect(await refusal(as('', 'wrong'))).toMatch(letIn);
    expect(await refusal(as('nobody', 'secret'))).toMatch(letIn);
    await admin.config('SET', 'requirepass', '');
    expect(await refusal(`${redis.url}/99`)).toMatch(
      /does not let us in \(ERR DB index is out of range\): correct/,
    );
  });

  it.each([
    [['-zadd', '-xadd'], 'ZADD, XADD'],
    [['-bzpopmin'], "NOPERM this user has no permissions to run the 'bzpopmin' command"],
    [['-eval'], "NOPERM this user has no permissions to run the 'eval' command"],
    [['-evalsha'], "NOPERM this user has no permissions to run the 'evalsha' command"],
    [['-info'], "NOPERM this user has no permissions to run the 'info' command"],
    [
      ['resetkeys', '~others:*'],
      'NOPERM this user has no permissions to access one of the keys used as arguments',
    ],
  ])('that forbids its user what BullMQ needs: %j', async (rules, told) => {
    await admin.call('ACL', 'SETUSER', 'shop', 'reset', 'on', '>secret', '~*', '&*', '+@all', ...rules);
    const said = await refusal(as('shop', 'secret'));
    expect(said).toContain(
      `forbids its user "shop" what BullMQ needs (${told}): allow it, for example with: ACL SETUSER`,
    );
    const [, cure = ''] = /with: (ACL SETUSER .*), or correct/.exec(said) ?? [];
    await admin.call('ACL', ...cure.split(' ').slice(1));
    expect(await refuseUnsafeRedis(as('shop', 'secret'))).toEqual(fit);
  });

  it('that evicts, also where it forbids CONFIG', async () => {
    const settings = { 'maxmemory-policy': ['allkeys-lru'], 'rename-command': ['CONFIG', ''] };
    const managed = await startRedis({ dir: folder, packages: PACKAGES, settings });
    expect(await refusal(managed.url)).toMatch(
      /^UnsafeRedisError: Redis evicts keys .*"allkeys-lru".*: set it to "noeviction"/,
    );
    await managed.stop();
  });
});

/** Leads to a Redis, and hides of its INFO under which policy it evicts. */
async function withoutPolicy(to: number) {
  const door = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far);
    far.on('data', (data) =>
      near.write(data.toString('latin1').replace('maxmemory_policy', 'maxmemory_nobody'), 'latin1'),
    );
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port: here } = door.address() as { port: number };
  return { url: `redis://127.0.0.1:${here}`, close: () => void door.close() };
}
