import type { DataSource } from 'typeorm';
import type { PlatformLog } from '../telemetry/platform-log.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { inTask } from '../telemetry/spans/task.js';
import type { Listener } from './listener.js';
import { findOverdue } from './sql/find-overdue.js';
import { takeUpKnown } from './sql/take-up-known.js';
import type { Waker } from './wake/waker.js';

const TASK = { operation: 'sweep for work that nobody was woken for' };
const EVERY_MS = 1_000;
const GRACE_MS = 1_000;

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
  /** Lanes with work that nobody had been woken for, since the start. */
  found = 0;

  constructor(
    private readonly source: DataSource,
    private readonly waker: Waker,
    /** The listeners that this process delivers for, now. */
    private readonly listeners: () => readonly Listener[],
    private readonly log: PlatformLog,
    private readonly spans?: SpanBuffer,
  ) {}

  /** Looks every second from now on. */
  start(): void {
    this.schedule();
  }

  /** Looks at once, for all that waits: after a start, or when a module's deliveries were taken over. */
  async lookNow(): Promise<void> {
    await this.look(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.look(GRACE_MS).finally(() => this.schedule());
    }, EVERY_MS);
  }

  private async look(graceMs: number): Promise<void> {
    try {
      const listeners = this.listeners();
      await takeUpKnown(this.source, listeners);
      const names = listeners.map(({ name }) => name);
      const lanes = await findOverdue(this.source, names, graceMs);
      if (graceMs > 0) this.found += lanes.length;
      // A look that finds nothing is none of anybody's trace.
      if (lanes.length > 0) await inTask(this.spans, TASK, async () => this.waker.wakeAgain(lanes));
      if (this.failing) this.log.info('The sweep reaches Postgres again');
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped)
        this.log.warn('The sweep does not reach Postgres; it tries on', { error });
      this.failing = true;
    }
  }
}
