import { type CallContext, newSpanId } from '../call-context.js';
import { Described } from './described.js';
import type { Outcome, Span, SpanDetails, SpanKind } from './span.js';

/** How many hops may wait to be collected; a quarter of a second's worth at 60,000 a second. */
const CAPACITY = 16_384;

/** A clock that is this far off is set again, in ms; less is the grain of `Date.now()`, and would put hops out of order. */
const CLOCK_OFF_MS = 20;

/**
 * Where hops leave their spans when they are over, until somebody collects them. What a hop pays for is a dozen writes into
 * columns that were made at the start: nothing is allocated, put into words or waited for. When nobody collects, the newest are
 * dropped and counted; memory has its bound either way.
 */
export class SpanBuffer {
  readonly #traces = column<string>();
  readonly #spans = column<string>();
  readonly #parents = column<string | undefined>();
  readonly #kinds = column<SpanKind>();
  readonly #operations = column<string | undefined>();
  readonly #modules = column<string | undefined>();
  readonly #started = new Float64Array(CAPACITY);
  readonly #ended = new Float64Array(CAPACITY);
  readonly #outcomes = column<Outcome | undefined>();
  readonly #errors = column<unknown>();
  readonly #details = column<SpanDetails | undefined>();
  readonly #described = new Described();
  #used = 0;
  #dropped = 0;
  #clock = Date.now() - performance.now();

  /** Called once when half of it is full, by the hop that filled it; whoever collects asks for it again. */
  onHalfFull: (() => void) | undefined;

  /** How many wait. */
  get size(): number {
    return this.#used;
  }

  /** Spans that found no room since the last time this was asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /**
   * Leaves the span of a hop that ran in a context of its own.
   *
   * @param started on the clock of `performance.now()`; it ends now
   * @param error what was thrown, if anything; the outcome follows from it unless it is given
   */
  hop(
    context: CallContext,
    kind: SpanKind,
    started: number,
    error?: unknown,
    details?: SpanDetails,
    outcome?: Outcome,
    ended = performance.now(),
  ): void {
    const at = this.#room();
    if (at < 0) return;
    const { trace } = context;
    this.#spans[at] = trace.spanId;
    this.#parents[at] = context.parent;
    this.#fill(at, trace.traceId, kind, context.operation, context.module, started, ended);
    this.#rest(at, error, details, outcome);
  }

  /** Leaves the span of a hop that had no context of its own: below `context`, with nothing below it. */
  leaf(
    context: CallContext,
    kind: SpanKind,
    operation: string,
    started: number,
    error?: unknown,
    details?: SpanDetails,
    span: string = newSpanId(),
  ): void {
    const at = this.#room();
    if (at < 0) return;
    this.#spans[at] = span;
    this.#parents[at] = context.trace.spanId;
    this.#fill(at, context.trace.traceId, kind, operation, context.module, started, performance.now());
    this.#rest(at, error, details, undefined);
  }

  /** Takes the spans that wait, the oldest first, ready to be kept or sent: scrubbed and bounded. */
  collect(most: number): Span[] {
    const clock = this.#wallClock();
    const count = Math.min(most, this.#used);
    const spans: Span[] = [];
    for (let at = 0; at < count; at++) spans.push(this.#spanAt(at, clock));
    this.#forget(count);
    return spans;
  }

  #room(): number {
    if (this.#used === CAPACITY) {
      this.#dropped++;
      return -1;
    }
    if (this.#used === CAPACITY >> 1) this.onHalfFull?.();
    return this.#used++;
  }

  #fill(
    at: number,
    trace: string,
    kind: SpanKind,
    operation: string | undefined,
    module: string | undefined,
    started: number,
    ended: number,
  ): void {
    this.#traces[at] = trace;
    this.#kinds[at] = kind;
    this.#operations[at] = operation;
    this.#modules[at] = module;
    this.#started[at] = started;
    this.#ended[at] = ended;
  }

  #rest(at: number, error: unknown, details: SpanDetails | undefined, outcome: Outcome | undefined): void {
    this.#errors[at] = error;
    this.#details[at] = details;
    this.#outcomes[at] = outcome;
  }

  #spanAt(at: number, clock: number): Span {
    const error = this.#errors[at];
    const started = this.#started[at] as number;
    return {
      trace: this.#traces[at] as string,
      span: this.#spans[at] as string,
      parent: this.#parents[at],
      kind: this.#kinds[at] as SpanKind,
      operation: this.#described.operation(this.#operations[at] ?? ''),
      module: this.#modules[at],
      startedAt: clock + started,
      ms: (this.#ended[at] as number) - started,
      outcome: this.#outcomes[at] ?? this.#described.outcome(error),
      error: error === undefined ? undefined : this.#described.error(error),
      details: this.#described.details(this.#details[at]),
      partial: false,
    };
  }

  /** Moves what is left to the front, and lets go of what was collected. */
  #forget(count: number): void {
    const left = this.#used - count;
    for (const columnOf of [
      this.#traces,
      this.#spans,
      this.#parents,
      this.#kinds,
      this.#operations,
      this.#modules,
      this.#outcomes,
      this.#errors,
      this.#details,
    ] as unknown[][]) {
      columnOf.copyWithin(0, count, this.#used);
      columnOf.fill(undefined, left, this.#used);
    }
    this.#started.copyWithin(0, count, this.#used);
    this.#ended.copyWithin(0, count, this.#used);
    this.#used = left;
  }

  /** `performance.now()` runs on undisturbed while the system's clock is set; over days they come apart. */
  #wallClock(): number {
    const now = Date.now() - performance.now();
    if (Math.abs(now - this.#clock) > CLOCK_OFF_MS) this.#clock = now;
    return this.#clock;
  }
}

function column<T>(): T[] {
  return new Array<T>(CAPACITY).fill(undefined as T);
}
