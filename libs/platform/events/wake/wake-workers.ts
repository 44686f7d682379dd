import { DelayedError, type Job, type Worker } from 'bullmq';
import {
  callContext,
  contextBelow,
  formatTraceparent,
  inContext,
  parseTraceparent,
} from '../../telemetry/call-context.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { SpanBuffer } from '../../telemetry/spans/span-buffer.js';
import type { Courier } from '../courier.js';
import { type Lane, moduleOf } from '../listener.js';
import { within } from '../within.js';
import type { WakeBackend, WakeUp } from './backend.js';
import type { StrayJobs } from './stray-jobs.js';
import { queueName, type Waker } from './waker.js';

/** Lanes of one module that an app works on at once; more, where one of its listeners has more. */
const CONCURRENCY = 8;

/** Lanes of one module that this process may work on because it has published to them itself, without asking BullMQ. */
const AT_ONCE_HERE = 4;

/** Longest wait for a worker to reach its server, in milliseconds. */
const READY_WITHIN_MS = 3_000;

/** A stray job that can't be recorded now comes again after this long, in milliseconds. */
const STRAY_AGAIN_MS = 1_000;

const COMPLAIN_EVERY_MS = 10_000;

/** A lane that somebody else holds is looked at again after this long, in milliseconds. */
const BUSY_MS = 50;

/** BullMQ's workers for the modules that this process delivers for: each hands its lanes to the courier. */
export class WakeWorkers {
  private readonly workers = new Map<string, Worker<WakeUp>>();
  private readonly here = new Map<string, Set<Promise<void>>>();
  /** How many wake-ups are being worked on, by module. */
  private readonly inWork = new Map<string, number>();
  private complainedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly backend: WakeBackend,
    private readonly courier: Courier,
    private readonly waker: Waker,
    private readonly strays: StrayJobs,
    private readonly log: PlatformLog,
    private readonly spans?: SpanBuffer,
  ) {}

  /** Modules whose wake-ups are taken here. */
  get modules(): readonly string[] {
    return [...this.workers.keys()];
  }

  /**
   * Begins to take the wake-ups of a module.
   *
   * @param lanes most lanes that one of its listeners has
   */
  async take(module: string, lanes: number): Promise<void> {
    if (this.workers.has(module)) return;
    const handle = async (job: Job<WakeUp>, token?: string) => {
      if (this.strays.isOurs(module, job.data) || !(await this.isStray(module, job, token)))
        return this.handle(job.data);
    };
    const worker = this.backend.worker(queueName(module), handle, {
      concurrency: Math.max(CONCURRENCY, lanes),
    });
    worker.on('error', (error) => this.complain(module, error));
    this.workers.set(module, worker);
    // It connects as soon as its server is there; until then deliveries are found by the sweep.
    await within(READY_WITHIN_MS, worker.waitUntilReady());
  }

  /**
   * Works on a lane here and now, if this process delivers for its module and is not at work on several of its lanes already. Saves
   * the way through BullMQ, which takes longer than a delivery; under load, jobs spread the lanes over all processes.
   *
   * @returns whether it does
   */
  takeHere(lane: Lane): boolean {
    const module = moduleOf(lane);
    if (!this.workers.has(module)) return false;
    const here = this.here.get(module) ?? new Set();
    this.here.set(module, here);
    if (here.size >= AT_ONCE_HERE) return false;
    const context = callContext();
    const { listener, partition } = lane;
    const traceparent = context && formatTraceparent(context.trace);
    const work = this.handle({ listener, partition, traceparent }).finally(() => here.delete(work));
    here.add(work);
    return true;
  }

  /** True while every worker runs. */
  get running(): boolean {
    return [...this.workers.values()].every((worker) => worker.isRunning());
  }

  /**
   * Takes no more wake-ups of a module, and waits for those in work. BullMQ's own close never returns while its server is
   * away, so after the deadline nobody waits for it any more: what has not committed when the process ends is done elsewhere.
   *
   * @param deadlineMs in milliseconds
   */
  async leave(module: string, deadlineMs: number): Promise<void> {
    const worker = this.workers.get(module);
    if (!worker) return;
    this.workers.delete(module);
    const ended = Promise.all([worker.close(), ...(this.here.get(module) ?? [])]);
    // One whose server is away can't even say good-bye; it is gone all the same.
    if (await within(deadlineMs * 0.7, ended)) return;
    // Where nothing is in work, it is only BullMQ that can't say good-bye to its server.
    if ((this.inWork.get(module) ?? 0) > 0)
      this.log.warn(
        `Deliveries of ${module} did not finish in time and are left to themselves: what has not committed when this process ends is done again`,
      );
    await within(deadlineMs * 0.2, worker.close(true));
    // What BullMQ has not closed by then it never closes: a timer of its locks would keep the process alive.
    (worker as unknown as { lockManager?: { close(): unknown } }).lockManager?.close();
  }

  /** A stray is recorded before it goes, and goes however whoever put it there wanted it kept. */
  private async isStray(module: string, job: Job<WakeUp>, token?: string): Promise<boolean> {
    try {
      const stray = await this.strays.record(module, queueName(module), job);
      if (stray) job.opts.removeOnComplete = true;
      return stray;
    } catch (error) {
      this.log.warn(`A stray job of module ${module} could not be recorded; it waits in its queue`, {
        error,
      });
      await job.moveToDelayed(Date.now() + STRAY_AGAIN_MS, token);
      throw new DelayedError();
    }
  }

  /** Once in a while: every worker tries its server again twice a second and reports each time, and what has happened to that is said elsewhere. */
  private complain(module: string, error: Error): void {
    if (performance.now() - this.complainedAt < COMPLAIN_EVERY_MS) return;
    this.complainedAt = performance.now();
    this.log.warn(`The worker of module ${module} reports`, { error });
  }

  private async handle(wakeUp: WakeUp): Promise<void> {
    const begun = performance.now();
    const { spans } = this;
    const operation = `wake ${wakeUp.listener}`;
    const context = contextBelow(parseTraceparent(wakeUp.traceparent), { operation, spans });
    const module = moduleOf(wakeUp);
    let failure: unknown;
    this.inWork.set(module, (this.inWork.get(module) ?? 0) + 1);
    try {
      const state = await inContext(context, () => this.courier.work(wakeUp));
      if (state === 'more') this.waker.passOn(wakeUp);
      if (state === 'busy') this.waker.wakeSoon(wakeUp, BUSY_MS);
    } catch (error) {
      failure = error;
      // Nothing is lost: its deliveries are still pending. The sweep brings the lane back within a second or two.
      inContext(context, () =>
        this.log.warn(`Work on ${wakeUp.listener} was interrupted and will be taken up again`, { error }),
      );
    } finally {
      this.inWork.set(module, (this.inWork.get(module) ?? 1) - 1);
      spans?.hop(context, 'wake', begun, failure, { more: { partition: wakeUp.partition } });
    }
  }
}
