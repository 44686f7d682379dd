import { createPostgresBackend, Queue, type QueueOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Client, Pool } from 'pg';

/** Jobs of the queues that wake the test bed's modules, by where they stand. */
export interface WakeJobs {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
}

/** The modules of the test bed; each has a queue of its own. */
export const MODULES = ['bank', 'shop', 'audit', 'late'] as const;

/** Counts them in Redis, by BullMQ's own keys. */
export async function jobsInRedis(redis: Redis): Promise<WakeJobs> {
  const sums = { waiting: 0, active: 0, delayed: 0 };
  for (const module of MODULES) {
    const key = (part: string) => `banyan:wake-${module}:${part}`;
    sums.waiting += (await redis.llen(key('wait'))) + (await redis.zcard(key('prioritized')));
    sums.active += await redis.llen(key('active'));
    sums.delayed += await redis.zcard(key('delayed'));
  }
  return sums;
}

/** Counts them in Postgres, in BullMQ's own table. */
export async function jobsInPostgres(client: Client): Promise<WakeJobs> {
  const { rows } = await client.query<WakeJobs>(
    `select count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'active')::int as active,
       count(*) filter (where state = 'delayed')::int as delayed from bullmq.job`,
  );
  return rows[0] as WakeJobs;
}

/** How often it is tried to take all tables from BullMQ, which takes them in an order of its own. */
const MOST_DEADLOCKS = 10;

/** Everything that BullMQ knows, gone at once: what FLUSHALL does to a Redis. */
export async function forgetJobsInPostgres(client: Client): Promise<void> {
  for (let lost = 1; ; lost++) {
    try {
      await client.query(
        'truncate bullmq.job, bullmq.dedup, bullmq.dedup_next, bullmq.meta, bullmq.event cascade',
      );
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01' || lost === MOST_DEADLOCKS) throw error;
    }
  }
}

/** A queue of wake-ups as any other client of BullMQ would open it, for what no app of ours would put there. */
export async function withWakeQueue<T>(
  module: (typeof MODULES)[number],
  server: { readonly redis: Redis } | { readonly postgres: string },
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  const name = `wake-${module}`;
  if ('redis' in server) {
    const queue = new Queue(name, { connection: server.redis as never, prefix: 'banyan' });
    return work(queue).finally(() => queue.close());
  }
  const pool = new Pool({
    connectionString: server.postgres,
    options: '-c search_path=bullmq',
    application_name: 'faults',
  });
  pool.on('error', () => undefined); // whoever uses the connection gets its error
  const options = { connection: pool } as unknown as QueueOptions;
  const queue = new Queue(name, options, createPostgresBackend as never);
  return work(queue).finally(async () => {
    await queue.close();
    await pool.end();
  });
}
