import { once } from 'node:events';
import { type DestinationStream, pino } from 'pino';

/** What may wait for a slow reader, in bytes. */
const MAX_WAITING = 8 * 1024 * 1024;
const FLUSH_TIMEOUT_MS = 1_000;

/**
 * Standard output, written without waiting: while one write is under way, the next lines gather for the next one. What is
 * left when the process ends by itself or by an uncaught error is flushed by pino; before a process ends by a signal it
 * has to be asked ({@link flush}); kill -9 can cost the lines of the last moment.
 *
 * Writing at once would be simpler, but would stop the whole app for 100 ms whenever a reader leaves its pipe full (that
 * is how pino waits then). When {@link MAX_WAITING} are waiting, further lines are dropped and counted.
 */
export class StandardOutput implements DestinationStream {
  readonly #stream: ReturnType<typeof pino.destination>;
  #dropped = 0;
  /** Lines dropped since the start. */
  droppedInAll = 0;

  /**
   * @param told called with the number of dropped lines, once there is room again
   * @param fd where lines go; standard output unless said otherwise
   */
  constructor(told: (dropped: number) => void, fd = 1) {
    // minLength 1: every line is written as soon as possible, as with 0; but with 0 pino's flush waits for nothing.
    this.#stream = pino.destination({ fd, sync: false, minLength: 1, maxLength: MAX_WAITING });
    this.#stream.on('drop', () => {
      this.#dropped++;
      this.droppedInAll++;
    });
    this.#stream.on('drain', () => {
      const dropped = this.#dropped;
      this.#dropped = 0;
      if (dropped > 0) told(dropped);
    });
  }

  write(line: string): void {
    this.#stream.write(line);
  }

  /** Resolves once everything is written, or after a second. */
  async flush(): Promise<void> {
    const patience = AbortSignal.timeout(FLUSH_TIMEOUT_MS);
    const written = new Promise<void>((resolve) => this.#stream.flush(() => resolve()));
    await Promise.race([written, once(patience, 'abort')]);
  }
}
