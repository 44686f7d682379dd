import type { Worker } from 'bullmq';
import { freshContext, inContext, parseTraceparent } from '../../telemetry/call-context.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { Courier } from '../courier.js';
import type { WakeBackend, WakeUp } from './backend.js';
import { queueName, type Waker } from './waker.js';

/** Lanes of one module that an app works on at once. */
const CONCURRENCY = 8;

/** A lane that somebody else holds is looked at again after this long, in milliseconds. */
const BUSY_MS = 50;

/** BullMQ's workers for the modules of this app: each hands its lanes to the courier. */
export class WakeWorkers {
  private readonly workers: Worker<WakeUp>[] = [];

  constructor(
    private readonly backend: WakeBackend,
    private readonly courier: Courier,
    private readonly waker: Waker,
    private readonly log: PlatformLog,
  ) {}

  /** Starts a worker for each module that listens. */
  async start(modules: readonly string[]): Promise<void> {
    for (const module of modules) {
      const worker = this.backend.worker(queueName(module), (job) => this.handle(job.data), {
        concurrency: CONCURRENCY,
      });
      worker.on('error', (error) => this.log.warn(`The worker of module ${module} reports`, { error }));
      this.workers.push(worker);
    }
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
  }

  /** True while every worker runs. */
  get running(): boolean {
    return this.workers.every((worker) => worker.isRunning());
  }

  /**
   * Takes no more wake-ups, and waits for those in work. BullMQ's own close never returns while its server is away, so
   * after the deadline the workers are cut off: an unfinished delivery rolls back and is done elsewhere.
   *
   * @param deadlineMs in milliseconds
   */
  async stop(deadlineMs: number): Promise<void> {
    const closed = Promise.allSettled(this.workers.map((worker) => worker.close()));
    if (await within(deadlineMs, closed)) return;
    this.log.warn(
      'Deliveries did not finish in time and are cut off: they roll back, and are done when an app is there again',
    );
    await within(1_000, Promise.allSettled(this.workers.map((worker) => worker.close(true))));
  }

  private async handle(wakeUp: WakeUp): Promise<void> {
    const context = freshContext({
      trace: parseTraceparent(wakeUp.traceparent),
      operation: `wake ${wakeUp.listener}`,
    });
    try {
      const state = await inContext(context, () => this.courier.work(wakeUp));
      if (state === 'more') this.waker.wake([wakeUp]);
      if (state === 'busy') this.waker.wakeLater(wakeUp, BUSY_MS);
    } catch (error) {
      // Nothing is lost: its deliveries are still pending. The sweep brings the lane back within a second or two.
      inContext(context, () =>
        this.log.warn(`Work on ${wakeUp.listener} was interrupted and will be taken up again`, { error }),
      );
    }
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
