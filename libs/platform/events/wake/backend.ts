import {
  createPostgresBackend,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { Lane } from '../listener.js';
import { handOverDamaged } from './damaged-jobs.js';
import { RedisWatch } from './redis-watch.js';
import type { RawJob } from './stray-jobs.js';

/** What a wake-up job carries: where there is something to do, and the trace of who asked. */
export interface WakeUp extends Lane {
  readonly traceparent?: string;
}

/** The engine that moves wake-ups: BullMQ, on Postgres or on Redis. */
export interface WakeBackend {
  readonly kind: 'postgres' | 'redis';
  queue(name: string): Queue<WakeUp>;
  worker(name: string, processor: Processor<WakeUp>, options: { concurrency: number }): Worker<WakeUp>;
  /**
   * Reads what stands of a job that is being worked on, and takes off what would keep it from ending.
   *
   * @returns undefined where that is no more than the worker was given, or nothing
   */
  raw(queue: string, id: string): Promise<RawJob | undefined>;
  /** Throws while wake-ups don't go through the engine or may get lost in it, with a sentence that says what to do. */
  check(): Promise<void>;
  /** Ends its connections, after the queues and workers on it have been closed. */
  close(): Promise<void>;
}

/** A worker that dies is noticed after its lock ran out and the next look for stalled jobs: at most 15 s (default 60). */
const WORKER = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000 } as const;

/** Connections that BullMQ on Postgres may take in a process, beside one for each worker. */
export const QUEUE_CONNECTIONS = 6;

/**
 * BullMQ on Postgres: no second server. A worker holds one connection of the pool to LISTEN on.
 *
 * @param connections how many, beside one for each worker
 */
export function postgresBackend(
  url: string,
  app: string,
  workers: number,
  connections = QUEUE_CONNECTIONS,
): WakeBackend {
  const pool = new Pool({
    connectionString: url,
    max: workers + connections,
    // A wake-up that a crash of Postgres swallows is found by the sweep, so none waits for the disk.
    options: '-c search_path=bullmq -c synchronous_commit=off',
    application_name: `${app} queue`,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', () => undefined); // an idle connection that drops is replaced; users of a broken one get its error
  pool.setMaxListeners(4 * workers + 10); // each queue and each worker listens for its errors
  const options = { connection: pool };
  return {
    kind: 'postgres',
    queue: (name) =>
      new Queue<WakeUp>(name, options as unknown as QueueOptions, createPostgresBackend as never),
    worker: (name, processor, { concurrency }) =>
      handOverDamaged(
        new Worker<WakeUp>(
          name,
          processor,
          { ...WORKER, concurrency, connection: pool } as unknown as WorkerOptions,
          createPostgresBackend as never,
        ),
      ),
    raw: async () => undefined, // its jobs are JSON in any case
    check: async () => {
      await pool.query('select 1').catch((error: Error) => {
        throw new Error(
          `The queue in Postgres does not answer (${error.message}): deliveries wait, nothing is lost. Start it.`,
        );
      });
    },
    close: () => pool.end(),
  };
}

/**
 * A connection on which something was asked and nothing has come back for this long is given up and made anew, in milliseconds: a server that
 * vanishes with its machine closes none, and what leads to Redis may lead to another one by then. A worker asks for jobs for up to ten
 * seconds at a time.
 */
const UNANSWERED = { producer: 5_000, worker: 15_000 } as const;

/**
 * BullMQ on Redis.
 *
 * @param prefix first part of every key, so that several systems can share a Redis
 */
export function redisBackend(url: string, app: string, log: PlatformLog, prefix = 'banyan'): WakeBackend {
  // A producer must not wait for a Redis that is away: the sweep finds what it could not announce. Blocking workers may.
  const producer = new Redis(url, {
    connectionName: `${app} producer`,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 2_000,
    socketTimeout: UNANSWERED.producer,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false), // after a failover
  });
  const consumer = new Redis(url, {
    connectionName: `${app} worker`,
    maxRetriesPerRequest: null,
    socketTimeout: UNANSWERED.worker,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  // A worker waits for jobs on a connection that it makes by duplicating ours, and that it never closes while the server is away.
  const duplicates: Redis[] = [];
  const duplicate = consumer.duplicate.bind(consumer);
  consumer.duplicate = (...options) => {
    const made = duplicate(...options);
    duplicates.push(made);
    return made;
  };
  const watch = new RedisWatch(producer, prefix, log);
  watch.start();
  for (const connection of [producer, consumer]) connection.on('error', () => undefined); // BullMQ reports it
  return {
    kind: 'redis',
    queue: (name) =>
      new Queue<WakeUp>(name, {
        connection: producer as never,
        prefix,
        skipWaitingForReady: true,
      } as QueueOptions),
    worker: (name, processor, { concurrency }) =>
      handOverDamaged(
        new Worker<WakeUp>(name, processor, {
          ...WORKER,
          concurrency,
          prefix,
          connection: consumer as never,
        }),
      ),
    raw: async (queue, id) => {
      const key = `${prefix}:${queue}:${id}`;
      const { data, opts, parent } = await producer.hgetallBuffer(key);
      // BullMQ's script that ends a job fails of a parent that is no JSON, so the job would come again for ever.
      if (parent && !isJson(parent)) await producer.hdel(key, 'parent', 'parentKey');
      return data && { data, opts: opts ?? Buffer.alloc(0) };
    },
    check: () => watch.check(),
    close: async () => {
      watch.stop();
      producer.disconnect();
      consumer.disconnect();
      for (const each of duplicates) each.disconnect();
    },
  };
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
