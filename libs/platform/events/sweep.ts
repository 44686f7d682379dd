import type { PlatformLog } from '../telemetry/platform-log.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { inTask } from '../telemetry/spans/task.js';
import { lostConnection } from '../work/transient.js';
import { type Lane, type Listener, laneName } from './listener.js';
import { Overdue, type Statements } from './sql/find-overdue.js';
import { takeUpKnown } from './sql/take-up-known.js';
import type { Waker } from './wake/waker.js';
import { within } from './within.js';

const TASK = { operation: 'sweep for work that nobody was woken for' };
const EVERY_MS = 1_000;
const GRACE_MS = 1_000;

/** Looks in a row at which a lane must be found before the sweep works on it itself, and on how many at once. */
const HELP_AFTER = 3;
const HELP_AT_ONCE = 4;

/**
 * Finds deliveries that are due but that nobody was woken for, and wakes their lanes: after a crash between commit and
 * wake-up, after BullMQ lost jobs, after a start. It is what makes BullMQ disposable. Looks once a second for what has
 * been due for a second, so a lost wake-up costs two seconds; runs in every app, for that app's listeners only.
 */
export class Sweep {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private failing = false;
  /** Lanes found at the last look, and at how many looks in a row. */
  private readonly again = new Map<string, number>();
  private readonly helping = new Map<string, Promise<unknown>>();
  private readonly overdue: Overdue;
  /** Lanes with work that nobody had been woken for, since the start. */
  found = 0;

  constructor(
    private readonly source: Statements,
    private readonly waker: Waker,
    /** The listeners that this process delivers for, now. */
    private readonly listeners: () => readonly Listener[],
    /** Works on a lane without waiting to be woken. */
    private readonly work: (lane: Lane) => Promise<unknown>,
    private readonly log: PlatformLog,
    private readonly spans?: SpanBuffer,
  ) {
    this.overdue = new Overdue(source);
  }

  /** Looks every second from now on. */
  start(): void {
    this.schedule();
  }

  /** Looks at once, for all that waits: after a start, or when a module's deliveries were taken over. */
  async lookNow(): Promise<void> {
    await this.look(0);
  }

  /** Looks no more, and waits for the lanes that it works on; what is not finished by the deadline rolls back with the process. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const ended = Promise.resolve(this.running).then(() => Promise.all(this.helping.values()));
    if (await within(deadlineMs, ended)) return;
    const left = [...this.helping.keys()].join(', ') || 'a look at what is overdue';
    this.log.warn(`The sweep did not finish in time, and leaves to itself: ${left}`);
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.look(GRACE_MS).finally(() => this.schedule());
    }, EVERY_MS);
  }

  /**
   * Works itself on lanes that are found again and again: BullMQ is away, or does not wake this process. So a delivery is late
   * by some four seconds then, however long that lasts. Where somebody is at work in a lane, this finds it taken.
   */
  private help(lanes: readonly Lane[]): void {
    const found = new Map(lanes.map((lane) => [laneName(lane), lane]));
    for (const name of this.again.keys()) if (!found.has(name)) this.again.delete(name);
    for (const [name, lane] of found) {
      const times = (this.again.get(name) ?? 0) + 1;
      this.again.set(name, times);
      if (times < HELP_AFTER || this.helping.size >= HELP_AT_ONCE || this.helping.has(name)) continue;
      const helped = this.work(lane)
        .catch((error: unknown) => this.log.warn(`Work on ${lane.listener} was interrupted`, { error }))
        .finally(() => this.helping.delete(name));
      this.helping.set(name, helped);
    }
  }

  private async look(graceMs: number): Promise<void> {
    try {
      const listeners = this.listeners();
      await takeUpKnown(this.source, listeners);
      const names = listeners.map(({ name }) => name);
      const lanes = await this.overdue.find(names, graceMs);
      if (graceMs > 0) this.found += lanes.length;
      // A look that finds nothing is none of anybody's trace.
      if (lanes.length > 0) await inTask(this.spans, TASK, async () => this.waker.wakeAgain(lanes));
      this.help(lanes);
      if (this.failing) this.log.info('The sweep works again');
      this.failing = false;
    } catch (error) {
      const what = lostConnection(error) ? 'does not reach Postgres' : 'was refused by Postgres';
      if (!this.failing && !this.stopped) this.log.warn(`The sweep ${what}; it tries on`, { error });
      this.failing = true;
    }
  }
}
