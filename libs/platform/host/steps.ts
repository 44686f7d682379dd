import type { PlatformLog } from '../telemetry/platform-log.js';

/**
 * Steps of which each is taken, whatever becomes of the others: one that fails, or is not done in its time, is said, kept, and
 * holds up none that come after it.
 */
export class Steps {
  private readonly kept: Error[] = [];

  constructor(private readonly log: PlatformLog) {}

  /** What has not gone well until now. */
  get failures(): readonly Error[] {
    return this.kept;
  }

  /**
   * Takes a step.
   *
   * @param what is done, for people: `closing the database`
   * @param withinMs how long this may take, in milliseconds
   * @returns its result; undefined when it failed or took too long
   */
  async take<T>(what: string, withinMs: number, step: () => T | Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    const tooLong = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        this.keep(`${what} was not done after ${Math.round(withinMs)} ms`);
        resolve(undefined);
      }, withinMs);
    });
    const done = (async () => step())().catch((error: unknown) => {
      const how = late ? 'failed after it had been given up' : 'failed';
      this.keep(`${what} ${how}: ${error instanceof Error ? error.message : String(error)}`, error);
      return undefined;
    });
    try {
      return await Promise.race([done, tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  private keep(sentence: string, cause?: unknown): void {
    this.kept.push(new Error(sentence, { cause }));
    this.log.warn(sentence, { error: cause });
  }
}
