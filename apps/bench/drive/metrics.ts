import { TRANSACTIONS, type TransactionName } from './mix.js';
import { type Summary, summarise } from './percentiles.js';
import type { Ending } from './stage.js';

/** The length of an epoch (spec, section 10). */
export const EPOCH_SECONDS = 10;

/** One kind of transaction that did not succeed. */
export interface Abort {
  readonly type: TransactionName;
  readonly outcome: string;
  readonly source: string;
  count: number;
}

/** What a run measured. Only what ended before the end of the run counts. */
export interface Measured {
  readonly seconds: number;
  readonly completed: number;
  readonly perSecond: number;
  readonly epochs: {
    readonly from: number;
    readonly to: number;
    readonly completed: number;
    readonly perSecond: number;
  }[];
  readonly transactions: Record<TransactionName, Summary>;
  readonly aborts: Abort[];
  /** Successes that came after the end of the run. */
  readonly late: number;
}

/** Collects how transactions ended. */
export class Metrics {
  completed = 0;
  failed = 0;
  private readonly successes = new Map<TransactionName, { at: number[]; latency: number[] }>(
    TRANSACTIONS.map((name) => [name, { at: [], latency: [] }]),
  );
  private readonly aborts = new Map<string, Abort>();

  /** Takes the ending of one transaction to account. */
  record(type: TransactionName, ending: Ending): void {
    if (ending.outcome === 'SUCCESS') {
      const kept = this.successes.get(type);
      kept?.at.push(ending.at);
      kept?.latency.push(ending.latency);
      this.completed++;
      return;
    }
    this.failed++;
    const source = 'source' in ending ? ending.source : '';
    const key = `${type} ${ending.outcome} ${source}`;
    const abort = this.aborts.get(key);
    if (abort) abort.count++;
    else this.aborts.set(key, { type, outcome: ending.outcome, source, count: 1 });
  }

  /** The figures of a run that lasted from `from` to `to` (ms of performance.now()). */
  measured(from: number, to: number): Measured {
    const seconds = (to - from) / 1000;
    const transactions = {} as Record<TransactionName, Summary>;
    const ends: number[] = [];
    for (const [name, { at, latency }] of this.successes) {
      const inTime = at.flatMap((end, index) => (end <= to ? [index] : []));
      transactions[name] = summarise(inTime.map((index) => latency[index] as number));
      for (const index of inTime) ends.push(at[index] as number);
    }
    return {
      seconds,
      completed: ends.length,
      perSecond: ends.length / seconds,
      epochs: epochsOf(ends, from, seconds),
      transactions,
      aborts: [...this.aborts.values()].sort((one, other) => other.count - one.count),
      late: this.completed - ends.length,
    };
  }
}

function epochsOf(ends: readonly number[], start: number, seconds: number): Measured['epochs'] {
  const counts = new Array<number>(Math.max(1, Math.ceil(seconds / EPOCH_SECONDS))).fill(0);
  for (const end of ends) {
    const epoch = Math.min(counts.length - 1, Math.floor((end - start) / 1000 / EPOCH_SECONDS));
    counts[epoch] = (counts[epoch] as number) + 1;
  }
  return counts.map((completed, epoch) => {
    const from = epoch * EPOCH_SECONDS;
    const to = Math.min(seconds, from + EPOCH_SECONDS);
    return { from, to, completed, perSecond: completed / (to - from) };
  });
}
