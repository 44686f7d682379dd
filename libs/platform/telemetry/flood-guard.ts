import { templateOf } from './template.js';

/** How much of the same is too much. */
export interface FloodLimits {
  /** Lines of one template and level that are written in a second. */
  readonly perSecond: number;
  /** Lines of one template that may come at once, after a time with few. */
  readonly burst: number;
  /** Templates that are told apart. */
  readonly templates: number;
}

/** A template of which lines were dropped. */
export interface Dropped {
  readonly template: string;
  /** As pino numbers levels. */
  readonly level: number;
  /** How many since it was last told. */
  readonly lines: number;
}

interface Bucket extends Dropped {
  tokens: number;
  /** When the tokens were counted, on the clock of `performance.now()`. */
  at: number;
  lines: number;
}

/** No business of one process writes that much of one kind; a loop writes 100,000 in a second. */
export const FLOOD_LIMITS: FloodLimits = { perSecond: 500, burst: 2_000, templates: 2_000 };

/** The template that stands for all that are too many to be told apart. */
export const MANY = '(many different lines)';
const ERROR = 50;

/**
 * Keeps a loop from drowning everybody else: of lines that are alike (same template, same level) only so many pass. What is
 * dropped is counted per template. The number of templates is bounded: those that have not been heard of for longest are
 * forgotten, and lines whose text never repeats share one bucket; errors among them one per kind, so that the first of a kind
 * is always seen.
 */
export class FloodGuard {
  private recent = new Map<string, Bucket>();
  private older = new Map<string, Bucket>();
  private readonly forgotten: Dropped[] = [];
  private readonly newcomers: Bucket;
  /** Dropped lines that were not told yet. */
  private waiting = 0;
  /** Lines dropped since the start. */
  dropped = 0;

  /**
   * @param flooding called when the first line is dropped since {@link take}
   * @param now in milliseconds, on a clock that never goes back
   */
  constructor(
    private readonly flooding: () => void,
    private readonly limits: FloodLimits = FLOOD_LIMITS,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.newcomers = { template: MANY, level: 0, tokens: limits.templates, at: now(), lines: 0 };
  }

  /**
   * Whether a line may be written.
   *
   * @param level as pino numbers it
   * @param kind of its error, if it has one
   */
  passes(level: number, message: string, kind: string | undefined): boolean {
    const template = templateOf(message);
    const key = `${level} ${template}`;
    const bucket = this.recent.get(key) ?? this.known(key) ?? this.begin(key, level, template, kind);
    if (this.takes(bucket)) return true;
    if (this.waiting === 0) this.flooding();
    bucket.lines += 1;
    this.waiting += 1;
    this.dropped += 1;
    return false;
  }

  /** What was dropped since this was last asked, the most first. */
  take(): readonly Dropped[] {
    const found = [...this.forgotten.splice(0)];
    this.waiting = 0;
    for (const bucket of [this.newcomers, ...this.recent.values(), ...this.older.values()]) {
      if (bucket.lines === 0) continue;
      found.push({ template: bucket.template, level: bucket.level, lines: bucket.lines });
      bucket.lines = 0;
    }
    return found.sort((a, b) => b.lines - a.lines);
  }

  private known(key: string): Bucket | undefined {
    const bucket = this.older.get(key);
    if (!bucket) return undefined;
    this.older.delete(key);
    this.keep(key, bucket);
    return bucket;
  }

  private begin(key: string, level: number, template: string, kind: string | undefined): Bucket {
    if (this.takes(this.newcomers)) return this.fresh(key, level, template);
    if (level < ERROR) return this.newcomers;
    const perKind = `${level} ${kind ?? ''} ${MANY}`;
    return (
      this.recent.get(perKind) ?? this.known(perKind) ?? this.fresh(perKind, level, `${MANY} ${kind ?? ''}`)
    );
  }

  private fresh(key: string, level: number, template: string): Bucket {
    const bucket = { template, level, tokens: this.limits.burst, at: this.now(), lines: 0 };
    this.keep(key, bucket);
    return bucket;
  }

  /** Two generations: whoever is not heard of during a whole one is forgotten, at no cost per line. */
  private keep(key: string, bucket: Bucket): void {
    this.recent.set(key, bucket);
    if (this.recent.size < this.limits.templates / 2) return;
    let lines = 0;
    for (const old of this.older.values()) lines += old.lines;
    if (lines > 0) {
      if (this.forgotten.length > 0) lines += this.forgotten.pop()?.lines ?? 0;
      this.forgotten.push({ template: MANY, level: 0, lines });
    }
    this.older = this.recent;
    this.recent = new Map();
  }

  private takes(bucket: Bucket): boolean {
    if (bucket.tokens < 1) {
      const now = this.now();
      const most = bucket === this.newcomers ? this.limits.templates : this.limits.burst;
      bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) * this.limits.perSecond) / 1_000);
      bucket.at = now;
      if (bucket.tokens < 1) return false;
    }
    bucket.tokens -= 1;
    return true;
  }
}
