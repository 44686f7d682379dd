import { Logger, makeWorkerUtils, type Runner, run, type TaskList, type WorkerUtils } from 'graphile-worker';
import { act, Business, EFFECT, on, prepared } from './business.js';
import { CONCURRENCY, type Engine, type Heard, type Payload, type Setup } from './engine.js';

const ADD = `select from graphile_worker.add_jobs(array(
  select row('noted-' || l, payload, null, null, null, null, null, null)::graphile_worker.job_spec
  from json_array_elements($1) as payload, generate_series(1, $2::int) as l))`;

const QUIET = new Logger(() => () => undefined);

/**
 * graphile-worker at its best end: an event is a job for each listener, added in the business transaction; jobs are fetched and completed in
 * batches (`localQueue`, `completeJobBatchDelay`), and handled one by one. The effect is a statement of its own: a job that is handled
 * twice has its effect twice.
 */
export class Graphile implements Engine {
  private runner: Runner | undefined;

  private constructor(
    private readonly url: string,
    private readonly utils: WorkerUtils,
    private readonly business: Business,
  ) {}

  static async start(url: string): Promise<Graphile> {
    const business = new Business(url);
    await business.make();
    const utils = await makeWorkerUtils({ connectionString: url, logger: QUIET });
    await utils.migrate();
    return new Graphile(url, utils, business);
  }

  async clear(): Promise<void> {
    await this.business.pool.query('truncate graphile_worker._private_jobs');
    await this.business.clear();
  }

  async publish({ listeners }: Setup, events: readonly Payload[]): Promise<void> {
    await this.business.transaction((client) =>
      client.query(prepared('add', ADD, [JSON.stringify(events), listeners])),
    );
  }

  async transact(
    { deed, listeners }: Setup,
    event: Payload,
    publish: boolean,
    committed?: () => void,
  ): Promise<void> {
    await this.business.transaction(async (client) => {
      await act(deed, event.n, on(client));
      if (publish) await client.query(prepared('add', ADD, [JSON.stringify([event]), listeners]));
    });
    committed?.();
  }

  async listen(setup: Setup, heard: Heard): Promise<void> {
    const { pool } = this.business;
    const taskList: TaskList = {};
    for (let listener = 1; listener <= setup.listeners; listener++) {
      taskList[`noted-${listener}`] = async (payload) => {
        const { n } = payload as Payload;
        heard(n, listener);
        await pool.query(prepared('effect', EFFECT, [listener, n]));
      };
    }
    this.runner = await run({
      connectionString: this.url,
      taskList,
      noHandleSignals: true,
      logger: QUIET,
      preset: {
        worker: {
          concurrentJobs: CONCURRENCY * setup.listeners,
          maxPoolSize: CONCURRENCY,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
    });
  }

  async unlisten(): Promise<void> {
    await this.runner?.stop();
    this.runner = undefined;
  }

  effects(): Promise<number> {
    return this.business.effects();
  }

  distinct(): Promise<number> {
    return this.business.distinct();
  }

  async close(): Promise<void> {
    await this.utils.release();
    await this.business.close();
  }
}
