import type { SpanBuffer } from '../spans/span-buffer.js';
import { type KeptLine, keptLine } from './kept-line.js';
import type { LineBuffer } from './line-buffer.js';
import type { Losses } from './losses.js';
import type { Sampling } from './sampling.js';
import type { Batch, Sink } from './sink.js';

/** How often what waits is collected, in ms. */
const EVERY_MS = 250;
/** Spans and lines in one batch, of each. */
const BATCH = 5_000;

/** What a collector works on. */
export interface CollectorParts {
  readonly spans: SpanBuffer;
  readonly lines: LineBuffer;
  readonly sinks: readonly Sink[];
  readonly losses: Losses;
  /** Which traces are kept; undefined: all. */
  readonly sampling?: Sampling;
}

/**
 * Takes spans and lines out of their buffers and hands them to those who keep them, four times a second, off every request's
 * path. While nobody takes anything, they wait in their buffers until those are full; what is lost then is counted.
 */
export class Collector {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly parts: CollectorParts) {
    parts.spans.onHalfFull = () => setImmediate(() => this.#run());
    this.#timer = setInterval(() => this.#run(), EVERY_MS).unref();
  }

  /** Resolves once all that waits now is kept or lost; for tests, and for the end. */
  async flush(): Promise<void> {
    await this.#running;
    await this.#run();
  }

  /**
   * Hands over what is left, held traces included, and closes the sinks.
   *
   * @param deadlineMs in milliseconds; what could not be handed over by then is lost
   */
  async close(deadlineMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.flush(), late]);
    clearTimeout(timer);
    await Promise.all(this.parts.sinks.map((sink) => sink.close()));
  }

  #run(): Promise<void> {
    this.#running ??= this.#collect().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #collect(): Promise<void> {
    const { spans, lines, sinks, losses, sampling } = this.parts;
    losses.count('spans', spans.takeDropped(), 'more came than could be put away in time');
    losses.count('lines', lines.takeDropped(), 'more came than could be put away in time');
    let more = true;
    while (more && sinks.some((sink) => sink.ready)) {
      const found: Batch = { spans: spans.collect(BATCH), lines: kept(lines.collect(BATCH)) };
      const batch = sampling ? sampling.sort(found, this.#closed) : found;
      // With sampling also an empty one: who keeps it asks what other processes have found worth keeping.
      if (sampling || batch.spans.length + batch.lines.length > 0) await this.#handOver(batch);
      more = spans.size + lines.size > 0;
    }
    losses.say();
  }

  async #handOver(batch: Batch): Promise<void> {
    await Promise.all(
      this.parts.sinks.map(async (sink) => {
        try {
          if (!sink.ready) throw new Error('it is away');
          await sink.take(batch);
        } catch (error) {
          const why = `${sink.name} did not take them (${(error as Error).message})`;
          this.parts.losses.count('spans', batch.spans.length, why);
          this.parts.losses.count('lines', batch.lines.length, why);
        }
      }),
    );
  }
}

function kept(written: readonly string[]): KeptLine[] {
  const lines: KeptLine[] = [];
  for (const line of written) {
    const one = keptLine(line);
    if (one) lines.push(one);
  }
  return lines;
}
