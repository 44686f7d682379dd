import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { BenchmarkData, type RecordedMark } from './benchmark.data.js';

/** Marks that another process recorded are seen this late at most; marks of this process at once. */
const POLL_MS = 100;
/** What a reader is given at once; while it takes that, the rest waits in the table, not in memory. */
const PAGE = 500;

/**
 * Follows the marks on behalf of any number of readers. Each reader has a position of its own and reads pages of the table
 * from there, so a slow one costs one page and holds up nobody, and any position can be resumed from.
 */
@Injectable()
export class MarkStream implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<() => void>();
  private wakes = 0;

  constructor(private readonly marks: BenchmarkData) {}

  /** Tells the readers of this process that there is something to read. */
  wake(): void {
    this.wakes += 1;
    for (const go of this.waiting) go();
  }

  /**
   * Pages of marks after `position`, as they are recorded. Ends when `signal` aborts and when the application stops.
   *
   * @param position id of the last mark that the reader has
   */
  async *follow(position: number, signal: AbortSignal): AsyncGenerator<readonly RecordedMark[]> {
    const over = AbortSignal.any([signal, this.stopping.signal]);
    let read = position;
    while (!over.aborted) {
      const wakes = this.wakes;
      const page = await this.marks.after(read, PAGE);
      const last = page.at(-1);
      if (last) {
        read = last.id;
        yield page;
      } else if (wakes === this.wakes) {
        await this.nextWake(over);
      }
    }
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** Returns on the next wake, at the end of the poll interval or when it is over, whatever comes first. */
  private async nextWake(over: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const go = () => woken.abort();
    this.waiting.add(go);
    try {
      await pause(POLL_MS, undefined, { signal: AbortSignal.any([over, woken.signal]) });
    } catch (error) {
      if (!over.aborted && !woken.signal.aborted) throw error;
    } finally {
      this.waiting.delete(go);
    }
  }
}
