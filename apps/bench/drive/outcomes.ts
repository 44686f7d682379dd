import type { Mark } from './marks.js';

/** A mark and when it came in, on the clock of performance.now(). */
export interface HeardMark {
  readonly mark: Mark;
  readonly at: number;
}

/** How long a transaction waits for its mark; a killed system needs its time to come back and to catch up. */
export const MARK_WITHIN_MS = 60_000;

/**
 * Brings marks to the transactions that wait for them. A mark may come before the answer to the request that it belongs
 * to, so a transaction declares itself before it sends anything.
 */
export class Outcomes {
  private readonly awaited = new Map<string, (heard: HeardMark | undefined) => void>();
  private closed = false;
  /** How many transactions have done everything else and wait for nothing but their mark. */
  waiting = 0;

  /** @param withinMs how long each mark is waited for */
  constructor(private readonly withinMs = MARK_WITHIN_MS) {}

  /**
   * Declares that the mark of `tid` will be asked for.
   *
   * @returns `mark`: resolves with the mark, or with undefined when it did not come in time; `forget`: it is no longer wanted
   */
  expect(tid: string): { mark: () => Promise<HeardMark | undefined>; forget: () => void } {
    let resolve: (heard: HeardMark | undefined) => void = () => undefined;
    const heard = new Promise<HeardMark | undefined>((settle) => {
      resolve = settle;
    });
    this.awaited.set(tid, resolve);
    const mark = async () => {
      if (this.closed) this.end(tid, undefined);
      const late = setTimeout(() => this.end(tid, undefined), this.withinMs);
      this.waiting++;
      return heard.finally(() => {
        clearTimeout(late);
        this.waiting--;
      });
    };
    return { mark, forget: () => this.end(tid, undefined) };
  }

  /** Takes a mark; one that nobody waits for (another run's, a late one) is ignored. */
  hear(mark: Mark): void {
    this.end(mark.tid, { mark, at: performance.now() });
  }

  /** Gives up on all marks that are still waited for. */
  close(): void {
    this.closed = true;
    for (const tid of [...this.awaited.keys()]) this.end(tid, undefined);
  }

  private end(tid: string, heard: HeardMark | undefined): void {
    const resolve = this.awaited.get(tid);
    this.awaited.delete(tid);
    resolve?.(heard);
  }
}
