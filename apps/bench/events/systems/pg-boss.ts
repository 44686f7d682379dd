import { type JobWithMetadata, PgBoss } from 'pg-boss';
import { act, Business, EFFECTS, on } from './business.js';
import { type Engine, type Heard, type Payload, POOL, type Setup, TOGETHER } from './engine.js';

/** A transaction as pg-boss hands it to handlers. */
interface Sql {
  executeSql(text: string, values?: unknown[]): Promise<unknown>;
}

/** Batches of one listener in work at a time: as many transactions as one of ours runs. */
const BATCHES = 4;

/**
 * pg-boss at its best end: an event is a job for each listener, sent in the business transaction; batches of a hundred, whose effects and whose
 * completion commit together (`transactional`), so effects happen once; woken by NOTIFY instead of by its half second of polling.
 */
export class PgBossEngine implements Engine {
  private working: string[] = [];

  private constructor(
    private readonly boss: PgBoss,
    private readonly business: Business,
  ) {}

  static async start(url: string): Promise<PgBossEngine> {
    const business = new Business(url);
    await business.make();
    const boss = new PgBoss({
      connectionString: url,
      max: POOL,
      useListenNotify: true,
      supervise: false,
      schedule: false,
    });
    boss.on('error', (error) => process.stderr.write(`pg-boss: ${String(error)}\n`));
    await boss.start();
    for (const listener of [1, 2, 3]) await boss.createQueue(nameOf(listener), { notify: true });
    return new PgBossEngine(boss, business);
  }

  async clear(): Promise<void> {
    for (const listener of [1, 2, 3]) await this.boss.deleteAllJobs(nameOf(listener));
    await this.business.clear();
  }

  async publish({ listeners }: Setup, events: readonly Payload[]): Promise<void> {
    await this.business.transaction((client) => this.insert(client, listeners, events));
  }

  async transact(
    { deed, listeners }: Setup,
    event: Payload,
    publish: boolean,
    committed?: () => void,
  ): Promise<void> {
    await this.business.transaction(async (client) => {
      await act(deed, event.n, on(client));
      if (publish) await this.insert(client, listeners, [event]);
    });
    committed?.();
  }

  async listen({ listeners }: Setup, heard: Heard): Promise<void> {
    for (let listener = 1; listener <= listeners; listener++) {
      this.working.push(nameOf(listener));
      await this.boss.work(
        nameOf(listener),
        {
          batchSize: TOGETHER,
          localConcurrency: BATCHES,
          transactional: true,
          includeMetadata: true,
          burstWhenBatchFull: true,
          pollingIntervalSeconds: 0.5,
          notifyPollingIntervalSeconds: 0.5,
        },
        async (jobs: JobWithMetadata<Payload>[], tx: Sql) => {
          const ns = jobs.map(({ data }) => data.n);
          for (const n of ns) heard(n, listener);
          await tx.executeSql(EFFECTS, [listener, ns]);
        },
      );
    }
  }

  async unlisten(): Promise<void> {
    for (const name of this.working) await this.boss.offWork(name, { wait: true });
    this.working = [];
  }

  effects(): Promise<number> {
    return this.business.effects();
  }

  distinct(): Promise<number> {
    return this.business.distinct();
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false });
    await this.business.close();
  }

  private async insert(
    client: { query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }> },
    listeners: number,
    events: readonly Payload[],
  ): Promise<void> {
    const db = { executeSql: (sql: string, values?: unknown[]) => client.query(sql, values) };
    for (let listener = 1; listener <= listeners; listener++) {
      await this.boss.insert(
        nameOf(listener),
        events.map((data) => ({ data })),
        { db },
      );
    }
  }
}

function nameOf(listener: number): string {
  return `noted-${listener}`;
}
