import { ONE_PER_CALL, type PlatformLog } from '../platform-log.js';

/** What was lost of one sort, for one reason. */
export interface Loss {
  readonly what: 'spans' | 'lines';
  readonly count: number;
  readonly why: string;
}

/** How long losses are gathered before they are said, in ms: a store that is away loses something four times a second. */
const SAY_EVERY_MS = 10_000;

/** Counts what was not kept, and says it: into the log, and to whoever keeps the count beside what was kept. */
export class Losses {
  readonly #unsaid = new Map<string, Loss>();
  readonly #unkept = new Map<string, Loss>();
  #saidAt = Number.NEGATIVE_INFINITY;
  readonly #total = { spans: 0, lines: 0 };

  constructor(private readonly log: PlatformLog) {}

  /** All that was lost since the start. */
  get total(): Readonly<Record<Loss['what'], number>> {
    return this.#total;
  }

  count(what: Loss['what'], count: number, why: string): void {
    if (count === 0) return;
    this.#total[what] += count;
    for (const losses of [this.#unsaid, this.#unkept]) {
      const key = `${what} ${why}`;
      losses.set(key, { what, why, count: count + (losses.get(key)?.count ?? 0) });
    }
  }

  /** Says what was lost since it was last said, at most every ten seconds. */
  say(): void {
    if (this.#unsaid.size === 0 || performance.now() - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = performance.now();
    for (const { what, count, why } of this.#unsaid.values()) {
      this.log.warn(`${count} ${what} were not kept: ${why}`, { what, count, [ONE_PER_CALL]: true });
    }
    this.#unsaid.clear();
  }

  /** What has not been written down yet; it is taken to be now. */
  takeUnkept(): Loss[] {
    const all = [...this.#unkept.values()];
    this.#unkept.clear();
    return all;
  }
}
