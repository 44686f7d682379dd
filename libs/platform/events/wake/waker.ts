import { setTimeout as pause } from 'node:timers/promises';
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
 * Wake-ups of one queue leave no sooner one after the other, in milliseconds. The first leaves at once; in a stream of commits most of the
 * others name lanes that were just named, and each costs the publisher and Redis some 0.1 ms.
 */
const SEND_EVERY_MS = 4;

/** Waits are rounded up by at most an eighth, so that a lane has some dozen timers, however much of it has failed. */
const ROUNDED_TO = 8;
const LEAST_ROUNDED_MS = 50;

/** What Node's timers can wait for; who looks too early looks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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
  private readonly later = new Map<string, NodeJS.Timeout>();
  private takenHere: (lane: Lane) => boolean = () => false;
  /** Wake-ups that could not be announced since the start. */
  lost = 0;

  constructor(
    private readonly backend: WakeBackend,
    private readonly log: PlatformLog,
    /** Unique among running processes. */
    private readonly instance: string,
  ) {}

  /**
   * Asks `takenHere` first from now on: true where this process looks into the lane by itself, at once or once more, and needs no
   * job for that.
   */
  askFirst(takenHere: (lane: Lane) => boolean): void {
    this.takenHere = takenHere;
  }

  /** Announces lanes, soon; returns at once. */
  wake(lanes: readonly Lane[]): void {
    this.announce(
      lanes.filter((lane) => !this.closed && !this.takenHere(lane)),
      '',
    );
  }

  /** Announces a lane to whoever is free, behind what waits already; for a lane that was worked on here for long enough. */
  passOn(lane: Lane): void {
    this.announce([lane], '');
  }

  /**
   * Announces lanes whose wake-up got lost. A process that was killed leaves its jobs "active" until BullMQ notices, up to 15 s
   * later, and until then they swallow wake-ups for their lanes; so these are told apart by who found them.
   */
  wakeAgain(lanes: readonly Lane[]): void {
    const free = lanes.filter((lane) => !this.closed && !this.takenHere(lane));
    this.announce(free, `-${this.instance}`);
  }

  private announce(lanes: readonly Lane[], suffix: string): void {
    if (this.closed) return;
    const context = callContext();
    const traceparent = context && formatTraceparent(context.trace);
    for (const lane of lanes) {
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

  /**
   * Announces a lane after a delay, in milliseconds, by a timer of this process; a delayed job for each failure costs about as much as
   * five deliveries. Should the process end first, the sweep finds what is due.
   */
  wakeLater(lane: Lane, delayMs: number): void {
    if (this.closed) return;
    const grain = Math.max(LEAST_ROUNDED_MS, 2 ** Math.floor(Math.log2(delayMs / ROUNDED_TO)));
    const due = Math.ceil((Date.now() + delayMs) / grain) * grain;
    const name = `${laneName(lane)} ${due}`;
    if (this.later.has(name)) return;
    const ring = () => {
      this.later.delete(name);
      this.wake([lane]);
    };
    this.later.set(name, setTimeout(ring, Math.min(due - Date.now(), LONGEST_TIMER_MS)));
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
    for (const timer of [...this.soon.values(), ...this.later.values()]) clearTimeout(timer);
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
      const sent = performance.now();
      try {
        // A server that neither answers nor closes must not silence the module: what is sent twice does no harm.
        await within(SEND_WITHIN_MS, this.queueOf(name).addBulk(jobs));
      } catch (error) {
        this.complain(jobs.length, error);
      }
      // Even with nothing waiting, so that what comes next waits its turn; a stop does not.
      if (!this.closed) await pause(Math.max(0, SEND_EVERY_MS - (performance.now() - sent)));
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
