import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis } from '#platform/embedded';
import { announceServers } from './announced.js';

/**
 * Starts the servers of one test run: a Postgres without durability in a fresh cluster (roles belong to a cluster, so nothing
 * of an earlier run can hide a missing one) and a Redis. Both end with this process, however it ends.
 *
 * @param packages folder that keeps the programs of Redis between runs when they have to be unpacked.
 */
export async function startServers(packages: string): Promise<{ stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'banyan-test-'));
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const starting = await Promise.allSettled([
    startPostgres({ dataDir, durable: false }),
    startRedis({ dir: dataDir, packages, databases: 4096, log }),
  ]);
  const [postgres, redis] = starting;
  if (postgres.status === 'rejected' || redis.status === 'rejected') {
    await Promise.all(starting.map((each) => each.status === 'fulfilled' && each.value.stop()));
    await rm(dataDir, { recursive: true, force: true });
    throw postgres.status === 'rejected' ? postgres.reason : (redis as PromiseRejectedResult).reason;
  }
  const guard = await guardFolder(dataDir);
  announceServers({ postgres: postgres.value.url, redis: redis.value.url });
  return {
    stop: async () => {
      await Promise.all([postgres.value.stop(), redis.value.stop()]);
      guard.ref();
      const removed = once(guard, 'exit');
      guard.stdin.end();
      await removed;
    },
  };
}

/**
 * A shell that waits until this process is gone (its input closes then), stops the Postgres of the folder when it still runs, and removes
 * the folder: so a killed test run leaves nothing behind.
 */
async function guardFolder(dataDir: string) {
  const { home } = JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8')) as { home: string };
  const script = `read _
file="$0/cluster/postmaster.pid"
pid=$(head -1 "$file" 2>/dev/null)
{ cat "/proc/$pid/cmdline" || ps -o command= -p "$pid"; } 2>/dev/null | grep -qaF "$0/cluster" && kill -QUIT "$pid"
tries=0
while [ -f "$file" ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
rm -rf "$0" "$1"`;
  const guard = spawn('/bin/sh', ['-c', script, home, dataDir], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as unknown as Socket).unref();
  return guard;
}
