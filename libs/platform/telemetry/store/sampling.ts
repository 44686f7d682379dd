import type { Span } from '../spans/span.js';
import type { KeptLine } from './kept-line.js';
import type { Batch } from './sink.js';

/** Which traces are kept whole. */
export interface SamplingRules {
  /** Of all traces, in percent; which ones follows from their ids, so every process chooses the same. */
  readonly keepPercent: number;
  /** A hop that takes this long makes its trace worth keeping, in ms. */
  readonly slowMs: number;
}

/** How long a trace that nobody chose is held, to see whether it fails or is slow; in ms. */
export const HOLD_MS = 2_000;
/** Spans and lines held at once; beyond, the oldest traces are decided early. */
const MOST_HELD = 20_000;
/** Traces whose decision is remembered, each way. */
const MOST_REMEMBERED = 50_000;

const WARN = 40;

interface Held {
  readonly until: number;
  readonly spans: Span[];
  readonly lines: KeptLine[];
}

/**
 * Keeps a share of all traces, and beyond it those that failed or were slow: every trace that is not chosen is held for a moment,
 * and kept whole when something in it goes wrong meanwhile, here or, as far as it is told in time, in another process. What
 * goes wrong later is kept from then on, marked as partial. Lines of no trace are always kept.
 */
export class Sampling {
  readonly #held = new Map<string, Held>();
  readonly #kept = new Remembered();
  readonly #left = new Remembered();
  #holding = 0;
  #unannounced: string[] = [];
  #released: MutableBatch = { spans: [], lines: [] };

  constructor(
    private readonly rules: SamplingRules,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Spans and lines that were left out since the start. */
  leftOut = 0;

  /** Traces that turned out to be worth keeping here since this was last asked, for the other processes. */
  takeAnnouncements(): string[] {
    const all = this.#unannounced;
    this.#unannounced = [];
    return all;
  }

  /** Learns which traces other processes keep: what is held of them comes out the next time something is sorted. */
  learn(traces: readonly string[]): void {
    for (const trace of traces) if (!this.#kept.has(trace)) this.#keep(trace, this.#released);
  }

  /**
   * Sorts what has come.
   *
   * @param decide nothing is held any longer: the process ends
   * @returns what is to be kept now
   */
  sort(found: Batch, decide = false): Batch {
    const out = this.#released;
    this.#released = { spans: [], lines: [] };
    for (const span of found.spans) {
      if (this.#worth(span)) this.#chooseNow(span.trace, out);
      this.#place(span.trace, out, (where, partial) =>
        where.spans.push(partial ? { ...span, partial } : span),
      );
    }
    for (const line of found.lines) {
      if (line.trace === undefined) {
        out.lines.push(line);
        continue;
      }
      if (line.level > WARN) this.#chooseNow(line.trace, out);
      this.#place(line.trace, out, (where, partial) =>
        where.lines.push(partial ? { ...line, partial } : line),
      );
    }
    this.#letGo(decide);
    return out;
  }

  #worth({ outcome, ms, kind, details }: Span): boolean {
    if (outcome === 'fault' || outcome === 'bug') return true;
    const waited = kind === 'delivery' ? (details?.waitedMs ?? 0) : 0;
    return ms + waited >= this.rules.slowMs;
  }

  #chooseNow(trace: string, out: MutableBatch): void {
    if (this.#chosen(trace) || this.#kept.has(trace)) return;
    this.#keep(trace, out);
    this.#unannounced.push(trace);
  }

  #keep(trace: string, out: MutableBatch): void {
    this.#kept.add(trace);
    const held = this.#held.get(trace);
    if (!held) return;
    this.#forget(trace, held);
    out.spans.push(...held.spans);
    out.lines.push(...held.lines);
  }

  #place(trace: string, out: MutableBatch, put: (where: MutableBatch, partial: boolean) => void): void {
    if (this.#chosen(trace)) put(out, false);
    else if (this.#kept.has(trace)) put(out, this.#left.has(trace));
    else if (this.#left.has(trace)) this.leftOut++;
    else this.#hold(trace, put);
  }

  #hold(trace: string, put: (where: MutableBatch, partial: boolean) => void): void {
    let held = this.#held.get(trace);
    if (!held) {
      held = { until: this.now() + HOLD_MS, spans: [], lines: [] };
      this.#held.set(trace, held);
    }
    put(held, false);
    this.#holding++;
  }

  /** Of 2^32 by the end of the id, which is random even where its beginning is a time. */
  #chosen(trace: string): boolean {
    return Number.parseInt(trace.slice(24), 16) < (this.rules.keepPercent / 100) * 2 ** 32;
  }

  /** Leaves out what was held for long enough, the oldest first: a Map keeps the order of its making. */
  #letGo(all: boolean): void {
    const now = this.now();
    for (const [trace, held] of this.#held) {
      if (!all && held.until > now && this.#holding <= MOST_HELD) break;
      this.#forget(trace, held);
      this.#left.add(trace);
      this.leftOut += held.spans.length + held.lines.length;
    }
  }

  #forget(trace: string, held: Held): void {
    this.#held.delete(trace);
    this.#holding -= held.spans.length + held.lines.length;
  }
}

interface MutableBatch {
  readonly spans: Span[];
  readonly lines: KeptLine[];
}

/** The last so many traces, in two halves of which the older one is forgotten at once. */
class Remembered {
  #young = new Set<string>();
  #old = new Set<string>();

  has(trace: string): boolean {
    return this.#young.has(trace) || this.#old.has(trace);
  }

  add(trace: string): void {
    this.#young.add(trace);
    if (this.#young.size < MOST_REMEMBERED / 2) return;
    this.#old = this.#young;
    this.#young = new Set();
  }
}
