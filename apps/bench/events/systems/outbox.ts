import { setTimeout as pause } from 'node:timers/promises';
import type { Queue, Worker } from 'bullmq';
import type { PoolClient } from 'pg';
import { type Handed, onRedis, type Server } from './bullmq.js';
import { act, Business, EFFECT, on, prepared } from './business.js';
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

/** How long the relay waits when it has found nothing, in ms. */
const POLL_MS = 100;

const JOB = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 3,
  backoff: { type: 'fixed', delay: RETRY_MS },
} as const;

const TAKE = 'select id, payload from bench.outbox order by id limit 100 for update skip locked';
const PUT = 'insert into bench.outbox (payload) select * from json_array_elements($1)';
const SEEN = 'insert into bench.inbox (listener, n) values ($1, $2) on conflict do nothing';

/**
 * The outbox as it is usually written: the event is a row of the business transaction; a relay polls for a hundred rows that nobody
 * has locked, adds them to the queue of every listener in one call, and deletes them; each job is a transaction of its own: inbox,
 * effect, commit. Events are kept, and effects happen once.
 */
export class NaiveOutbox implements Engine {
  private readonly server: Server;
  private readonly business: Business;
  private readonly queues: Queue[];
  private workers: Worker[] = [];
  private relay: Promise<void> | undefined;
  private listening = false;

  private constructor(url: string, redis: string) {
    this.server = onRedis(redis);
    this.business = new Business(url);
    this.queues = [1, 2, 3].map((listener) => this.server.queue(`outbox-${listener}`));
  }

  static async start(url: string, redis: string): Promise<NaiveOutbox> {
    const outbox = new NaiveOutbox(url, redis);
    await outbox.business.make();
    return outbox;
  }

  async clear(): Promise<void> {
    for (const queue of this.queues) await queue.obliterate({ force: true });
    await this.business.clear();
  }

  async publish(_: Setup, events: readonly Payload[]): Promise<void> {
    await this.business.transaction((client) => client.query(prepared('put', PUT, [JSON.stringify(events)])));
  }

  async transact({ deed }: Setup, event: Payload, publish: boolean, committed?: () => void): Promise<void> {
    await this.business.transaction(async (client) => {
      await act(deed, event.n, on(client));
      if (publish) await client.query(prepared('put', PUT, [JSON.stringify([event])]));
    });
    committed?.();
  }

  async listen(setup: Setup, heard: Heard): Promise<void> {
    for (let listener = 1; listener <= setup.listeners; listener++) {
      const handle = (job: Handed) => this.handle(setup, listener, heard, job);
      this.workers.push(this.server.worker(`outbox-${listener}`, handle, CONCURRENCY));
    }
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
    this.listening = true;
    this.relay = this.poll(this.queues.slice(0, setup.listeners));
  }

  async unlisten(): Promise<void> {
    this.listening = false;
    await this.relay;
    await Promise.all(this.workers.map((worker) => worker.close()));
    this.workers = [];
  }

  effects(): Promise<number> {
    return this.business.effects();
  }

  distinct(): Promise<number> {
    return this.business.distinct();
  }

  async close(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.close()));
    await this.server.close();
    await this.business.close();
  }

  private async poll(queues: readonly Queue[]): Promise<void> {
    while (this.listening) {
      const moved = await this.business.transaction((client) => move(client, queues));
      if (moved === 0) await pause(POLL_MS);
    }
  }

  private async handle(setup: Setup, listener: number, heard: Heard, job: Handed): Promise<void> {
    const { n } = job.data as Payload;
    heard(n, listener);
    await this.business.transaction(async (client) => {
      const { rowCount } = await client.query(prepared('seen', SEEN, [listener, n]));
      if (rowCount === 0) return;
      await client.query(prepared('effect', EFFECT, [listener, n]));
      if (failsNow(setup, n, job.attemptsMade + 1)) throw new NotYet();
    });
  }
}

async function move(client: PoolClient, queues: readonly Queue[]): Promise<number> {
  const { rows } = await client.query<{ id: string; payload: Payload }>(prepared('take', TAKE, []));
  if (rows.length === 0) return 0;
  const jobs = rows.map(({ id, payload }) => ({
    name: 'noted',
    data: payload,
    opts: { ...JOB, jobId: `event-${id}` },
  }));
  await Promise.all(queues.map((queue) => queue.addBulk(jobs)));
  await client.query('delete from bench.outbox where id = any($1)', [rows.map(({ id }) => id)]);
  return rows.length;
}
