import type { Queue } from 'bullmq';
import { callContext, formatTraceparent } from '../../telemetry/call-context.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { type Lane, laneName, moduleOf } from '../listener.js';
import type { WakeBackend, WakeUp } from './backend.js';

/** The queue in which the wake-ups of one module's listeners wait. */
export function queueName(module: string): string {
  return `wake-${module}`;
}

const COMPLAIN_EVERY_MS = 10_000;

/** Longest wait for BullMQ's server to take wake-ups, in milliseconds. */
const SEND_WITHIN_MS = 2_000;

/**
 * Turns "there is something to do in this lane" into BullMQ jobs. Wake-ups are level-triggered: of those for one lane at
 * most one waits while one is being worked on (`keepLastIfActive`), so a burst of events costs a handful of jobs, and a
 * lost or doubled one changes nothing. Nobody waits for it, and what can't be announced is found by the sweep; the buffer
 * holds each lane once, so it can't grow past the number of lanes.
 */
export class Waker {
  private readonly queues = new Map<string, Queue<WakeUp>>();
  private readonly waiting = new Map<string, Map<string, WakeUp>>();
  private readonly flushing = new Map<string, Promise<void>>();
  private complainedAt = Number.NEGATIVE_INFINITY;
  private readonly soon = new Map<string, NodeJS.Timeout>();
  private closed = false;
  private atWork: (lane: Lane) => boolean = () => false;
  /** Wake-ups that could not be announced since the start. */
  lost = 0;

  constructor(
    private readonly backend: WakeBackend,
    private readonly log: PlatformLog,
    /** Unique among running processes. */
    private readonly instance: string,
  ) {}

  /** Asks `atWork` first from now on: true where somebody in this process is at work in the lane and will look again. */
  askFirst(atWork: (lane: Lane) => boolean): void {
    this.atWork = atWork;
  }

  /** Announces lanes, soon; returns at once. */
  wake(lanes: readonly Lane[]): void {
    this.announce(lanes, '');
  }

  /**
   * Announces lanes whose wake-up got lost. A process that was killed leaves its jobs "active" until BullMQ notices, up to 15 s
   * later, and until then they swallow wake-ups for their lanes; so these are told apart by who found them.
   */
  wakeAgain(lanes: readonly Lane[]): void {
    this.announce(lanes, `-${this.instance}`);
  }

  private announce(lanes: readonly Lane[], suffix: string): void {
    if (this.closed) return;
    const context = callContext();
    const traceparent = context && formatTraceparent(context.trace);
    for (const lane of lanes) {
      if (this.atWork(lane)) continue;
      const queue = queueName(moduleOf(lane));
      const waiting = this.waiting.get(queue) ?? new Map<string, WakeUp>();
      this.waiting.set(queue, waiting);
      waiting.set(laneName(lane) + suffix, {
        listener: lane.listener,
        partition: lane.partition,
        traceparent,
      });
      // One flush per queue at a time; what comes meanwhile goes with the next one: under load the batches grow by themselves.
      if (!this.flushing.has(queue)) this.flushing.set(queue, this.flush(queue));
    }
  }

  /** Announces a lane after a delay, in milliseconds. */
  wakeLater(lane: Lane, delayMs: number): void {
    if (this.closed) return;
    const queue = this.queueOf(queueName(moduleOf(lane)));
    queue
      .add(lane.listener, { ...lane }, { ...JOB, delay: Math.ceil(delayMs) })
      .catch((error) => this.complain(1, error));
  }

  /**
   * Announces a lane after a moment, in milliseconds, by a timer of this process: one for each lane, however often it is asked. For
   * lanes that somebody else holds: a job for each look would breed more of them.
   */
  wakeSoon(lane: Lane, inMs: number): void {
    const name = laneName(lane);
    if (this.closed || this.soon.has(name)) return;
    const timer = setTimeout(() => {
      this.soon.delete(name);
      this.wakeAgain([lane]);
    }, inMs);
    this.soon.set(name, timer);
  }

  /** Sends what is buffered, and closes the queues, as far as BullMQ's server lets it within two seconds each. */
  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.soon.values()) clearTimeout(timer);
    await Promise.allSettled(this.flushing.values());
    const closing = [...this.queues.values()].map((queue) => queue.close());
    await within(SEND_WITHIN_MS, Promise.allSettled(closing)).catch((error: unknown) =>
      this.complain(0, error),
    );
  }

  private async flush(name: string): Promise<void> {
    await new Promise(setImmediate); // let the commits of this turn of the event loop come along
    const waiting = this.waiting.get(name);
    while (waiting && waiting.size > 0) {
      const jobs = [...waiting].map(([id, data]) => ({
        name: data.listener,
        data,
        opts: { ...JOB, deduplication: { id, keepLastIfActive: true } },
      }));
      waiting.clear();
      try {
        // A server that neither answers nor closes must not silence the module: what is sent twice does no harm.
        await within(SEND_WITHIN_MS, this.queueOf(name).addBulk(jobs));
      } catch (error) {
        this.complain(jobs.length, error);
      }
    }
    this.flushing.delete(name);
  }

  private queueOf(name: string): Queue<WakeUp> {
    let queue = this.queues.get(name);
    if (!queue) {
      queue = this.backend.queue(name);
      queue.on('error', (error) => this.complain(0, error));
      this.queues.set(name, queue);
    }
    return queue;
  }

  private complain(lost: number, error: unknown): void {
    this.lost += lost;
    if (performance.now() - this.complainedAt < COMPLAIN_EVERY_MS) return;
    this.complainedAt = performance.now();
    this.log.warn(
      `Wake-ups can't reach BullMQ on ${this.backend.kind}; deliveries wait for the sweep until it is back`,
      {
        lost: this.lost,
        error,
      },
    );
  }
}

/** A job is a hint: nothing is lost with it, so neither a done nor a failed one is kept. */
const JOB = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
