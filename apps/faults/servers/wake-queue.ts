import { createPostgresBackend, Queue, type QueueOptions } from 'bullmq';
import { Pool } from 'pg';
import type { Bed } from '../stack/bed.js';

/** Works with the queue that wakes a module, as somebody would who has no business there. */
export async function inQueueOf<T>(bed: Bed, module: string, work: (queue: Queue) => Promise<T>): Promise<T> {
  if (bed.backend === 'redis') {
    const connection = { host: '127.0.0.1', port: bed.servers.redis.port };
    const queue = new Queue(`wake-${module}`, { connection, prefix: 'banyan' });
    return work(queue).finally(() => queue.close());
  }
  const pool = new Pool({
    connectionString: bed.servers.postgres.url(bed.database),
    options: '-c search_path=bullmq',
    max: 3,
    application_name: 'faults',
  });
  const options = { connection: pool } as unknown as QueueOptions;
  const queue = new Queue(`wake-${module}`, options, createPostgresBackend as never);
  return work(queue).finally(async () => {
    await queue.close();
    await pool.end();
  });
}
