import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { act, Business, EFFECT, EFFECTS, on, prepared } from './business.js';
import {
  CONCURRENCY,
  type Engine,
  failsNow,
  type Heard,
  NotYet,
  type Payload,
  RETRY_MS,
  type Setup,
} from './engine.js';

/** What BullMQ runs on. */
export interface Server {
  queue(name: string): Queue;
  worker(name: string, handle: (job: Handed) => Promise<void>, concurrency: number): Worker;
  close(): Promise<void>;
}

/** A job as handlers see it. */
export interface Handed {
  readonly data: unknown;
  readonly attemptsMade: number;
}

export function onRedis(url: string): Server {
  const producer = new Redis(url, { maxRetriesPerRequest: null });
  const consumer = new Redis(url, { maxRetriesPerRequest: null });
  return {
    queue: (name) => new Queue(name, { connection: producer as never }),
    worker: (name, handle, concurrency) =>
      new Worker(name, handle, { connection: consumer as never, concurrency }),
    close: async () => {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

/** BullMQ's own Postgres backend, as its documentation starts it. */
export async function onPostgres(url: string): Promise<Server> {
  const pool = new Pool({ connectionString: url, max: 3 + CONCURRENCY, options: '-c search_path=bullmq' });
  pool.on('error', () => undefined);
  pool.setMaxListeners(100);
  const client = await pool.connect();
  await runMigrations(client);
  client.release();
  const options = { connection: pool };
  return {
    queue: (name) => new Queue(name, options as never, createPostgresBackend as never),
    worker: (name, handle, concurrency) =>
      new Worker(name, handle, { ...options, concurrency } as never, createPostgresBackend as never),
    close: () => pool.end(),
  };
}

const JOB = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 3,
  backoff: { type: 'fixed', delay: RETRY_MS },
} as const;

/**
 * BullMQ by itself: an event is a job in the queue of each listener, added once the business has committed. Nothing keeps the two
 * together: what dies between them loses the event, and a job that is handled twice has its effect twice.
 *
 * `single`: a job each, whose handler does nothing. `effect`: a job each, with one statement. `by hand`: a hundred to a job, and
 * one statement for all of them.
 */
export class BullMq implements Engine {
  private readonly queues = new Map<string, Queue>();
  private workers: Worker[] = [];

  constructor(
    private readonly server: Server,
    private readonly business: Business,
  ) {}

  static async start(server: Server, url: string): Promise<BullMq> {
    const business = new Business(url);
    await business.make();
    return new BullMq(server, business);
  }

  async clear(): Promise<void> {
    for (const queue of this.queues.values()) await queue.obliterate({ force: true });
    await this.business.clear();
  }

  async publish({ way, listeners }: Setup, events: readonly Payload[]): Promise<void> {
    const jobs = way === 'by hand' ? [events] : events;
    const adding: Promise<unknown>[] = [];
    for (let listener = 1; listener <= listeners; listener++) {
      const queue = this.queue(listener);
      for (const job of jobs) adding.push(queue.add('noted', job, JOB));
    }
    await Promise.all(adding);
  }

  async transact(setup: Setup, event: Payload, publish: boolean, committed?: () => void): Promise<void> {
    await this.business.transaction((client) => act(setup.deed, event.n, on(client)));
    committed?.();
    if (publish) await this.publish(setup, [event]);
  }

  async listen(setup: Setup, heard: Heard): Promise<void> {
    for (let listener = 1; listener <= setup.listeners; listener++) {
      const handle = this.handler(setup, listener, heard);
      this.workers.push(this.server.worker(nameOf(listener), handle, CONCURRENCY));
    }
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
  }

  async unlisten(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    this.workers = [];
  }

  async effects({ way }: Setup): Promise<number | undefined> {
    return way === 'single' ? undefined : this.business.effects();
  }

  distinct(): Promise<number> {
    return this.business.distinct();
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await this.server.close();
    await this.business.close();
  }

  private handler(setup: Setup, listener: number, heard: Heard): (job: Handed) => Promise<void> {
    const { pool } = this.business;
    if (setup.way === 'by hand') {
      return async ({ data }) => {
        const ns = (data as Payload[]).map(({ n }) => n);
        for (const n of ns) heard(n, listener);
        await pool.query(prepared('effects', EFFECTS, [listener, ns]));
      };
    }
    return async ({ data, attemptsMade }) => {
      const { n } = data as Payload;
      heard(n, listener);
      // Before the effect: nothing would take it back.
      if (failsNow(setup, n, attemptsMade + 1)) throw new NotYet();
      if (setup.way === 'effect') await pool.query(prepared('effect', EFFECT, [listener, n]));
    };
  }

  private queue(listener: number): Queue {
    const name = nameOf(listener);
    const queue = this.queues.get(name) ?? this.server.queue(name);
    this.queues.set(name, queue);
    return queue;
  }
}

function nameOf(listener: number): string {
  return `noted-${listener}`;
}
