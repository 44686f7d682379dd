import type { Span } from '../spans/span.js';
import type { KeptLine } from './kept-line.js';

/** Spans and lines on their way together. */
export interface Batch {
  readonly spans: readonly Span[];
  readonly lines: readonly KeptLine[];
}

/** Somewhere that spans and lines are kept: the store, or a collector of the user's. */
export interface Sink {
  /** For people: `the store`. */
  readonly name: string;
  /** Whether it takes anything now. One that is away tries by itself to come back. */
  readonly ready: boolean;
  /**
   * Keeps a batch, within a deadline of its own.
   *
   * @throws Error when it is lost
   */
  take(batch: Batch): Promise<void>;
  /** Ends its connections. What was taken is kept by then. */
  close(): Promise<void>;
}
