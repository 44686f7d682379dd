import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '#platform/embedded';
import { endsWithUs } from '../measure/ends-with-us.js';
import { BenchPostgres } from '../measure/postgres.js';
import { machineSeconds, postgresSeconds, processorSeconds } from '../measure/processor-time.js';
import { SystemProcess } from './system-process.js';
import type { Done, Task } from './systems/task.js';
import type { SystemName } from './variants.js';

/** One task, done, and what it cost. */
export interface Piece extends Done {
  /** Processor time of the system's process, of Postgres and of Redis meanwhile, in seconds. */
  readonly node: number;
  readonly postgres: number;
  readonly redis: number;
  /** The share of the machine that others took meanwhile, 0 to 1. */
  readonly others: number;
}

/** A Postgres and a Redis of the run's own, and the systems on them, each with a database of its own. */
export class Arena {
  private readonly systems = new Map<SystemName, SystemProcess>();
  private databases = 0;

  private constructor(
    private readonly servers: Servers,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  static async open(note: (line: string) => void): Promise<Arena> {
    const servers = await startServers(note);
    return new Arena(servers, { postgres: await servers.postgres.version(), redis: servers.redisVersion });
  }

  /** Starts a system, the first time that it is needed. */
  async system(name: SystemName): Promise<SystemProcess> {
    const running = this.systems.get(name);
    if (running) return running;
    const { postgres, redisUrl } = this.servers;
    const database = await postgres.create(name);
    const system = await SystemProcess.start(name, database, `${redisUrl}/${this.databases++}`);
    this.systems.set(name, system);
    return system;
  }

  /** Has a system do something, and measures what it costs. */
  async measure(name: SystemName, task: Task): Promise<Piece> {
    const system = await this.system(name);
    const before = this.spent(system);
    const began = performance.now();
    const done = await system.perform(task);
    const capacity = ((performance.now() - began) / 1_000) * availableParallelism();
    const after = this.spent(system);
    const used = (what: keyof typeof before) => after[what] - before[what];
    return {
      ...done,
      node: used('node'),
      postgres: used('postgres'),
      redis: used('redis'),
      others: capacity < 0.2 ? 0 : Math.max(0, (used('machine') - used('ours')) / capacity),
    };
  }

  /** Writes what is dirty to the disk, so that no piece pays for the one before. */
  async settle(): Promise<void> {
    await this.servers.postgres.checkpoint();
  }

  async close(): Promise<void> {
    await Promise.all([...this.systems.values()].map((system) => system.stop()));
    await this.servers.stop();
  }

  private spent(system: SystemProcess) {
    const { postgresPid, redisPid } = this.servers;
    const node = processorSeconds(system.pid);
    const postgres = postgresSeconds(postgresPid) ?? Number.NaN;
    const redis = processorSeconds(redisPid);
    const idle = [...this.systems.values()].filter((each) => each !== system);
    const others = idle.reduce((sum, each) => sum + processorSeconds(each.pid), 0);
    const { user, system: kernel } = process.cpuUsage();
    const ours = node + postgres + redis + others + (user + kernel) / 1e6;
    return { node, postgres, redis, ours, machine: machineSeconds() };
  }
}

interface Servers {
  readonly postgres: BenchPostgres;
  readonly postgresPid: number;
  readonly redisUrl: string;
  readonly redisPid: number;
  readonly redisVersion: string;
  stop(): Promise<void>;
}

/** Both durable as in production: Postgres with fsync, Redis with its append-only file written once a second. */
async function startServers(note: (line: string) => void): Promise<Servers> {
  const postgres = await BenchPostgres.open(undefined, note);
  const dir = await mkdtemp(join(tmpdir(), 'banyan-bench-redis-'));
  const packages = join(process.cwd(), '.banyan', 'redis');
  const starting = startRedis({ dir, packages, appendOnly: true, log: note });
  const endRedis = endsWithUs(async () => {
    await starting.then((redis) => redis.stop()).finally(() => rm(dir, { recursive: true, force: true }));
  });
  const stop = async () => {
    await endRedis().finally(() => postgres.close());
  };
  try {
    const { url } = await starting;
    const { pid, version } = await describeRedis(url);
    const postgresPid = await postgres.processId();
    if (postgresPid === undefined) throw new Error('Processor time is read from /proc: run this on Linux.');
    return { postgres, postgresPid, redisUrl: url, redisPid: pid, redisVersion: version, stop };
  } catch (error) {
    await stop().catch(() => undefined); // what hindered the start is worth more than that
    throw error;
  }
}

async function describeRedis(url: string): Promise<{ pid: number; version: string }> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    const info = await client.info('server');
    const field = (name: string) => new RegExp(`^${name}:(.*)\\r?$`, 'm').exec(info)?.[1]?.trim() ?? '';
    return { pid: Number(field('process_id')), version: field('redis_version') };
  } finally {
    client.disconnect();
  }
}
