/** A call that waits for its answer. Whoever settles it first sets `open` to false; the other side then does nothing. */
export interface Waiting {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  open: boolean;
  /** Called once the deadline has passed, if it is still open. */
  expire(): void;
}

/** How late an expiry may be noticed, in ms. Deadlines are seconds: nobody needs them finer. */
const TICK_MS = 20;
/** Below so many entries nothing is gained by an early sweep. */
const SWEEP_FLOOR = 1024;

/**
 * The deadlines of all calls under way, under one timer. A timer of its own for every call costs more than the rest of
 * the seam together; here a call pays for one push, and settled calls are dropped by the next sweep. What is kept is at
 * most twice the calls under way (plus a floor), even while the event loop never gets to its timers.
 */
export class Deadlines {
  #waiting: Waiting[] = [];
  #sweepAt = SWEEP_FLOOR;
  #timer: NodeJS.Timeout | undefined;

  /** Watches a call until it is settled or expires. */
  watch(call: Waiting): void {
    this.#waiting.push(call);
    if (this.#waiting.length >= this.#sweepAt) this.#sweep();
    this.#timer ??= this.#arm();
  }

  /** How many entries are kept at the moment, settled ones that await the sweep included. */
  get size(): number {
    return this.#waiting.length;
  }

  #arm(): NodeJS.Timeout {
    // Unreferenced: whether the process lives on is for those to say who do the work, not for who watches it.
    return setTimeout(() => {
      this.#sweep();
      this.#timer = this.#waiting.length > 0 ? this.#arm() : undefined;
    }, TICK_MS).unref();
  }

  #sweep(): void {
    const now = performance.now();
    const expired = this.#waiting.filter((call) => call.open && call.deadline <= now);
    this.#waiting = this.#waiting.filter((call) => call.open && call.deadline > now);
    this.#sweepAt = Math.max(SWEEP_FLOOR, this.#waiting.length * 2);
    for (const call of expired) {
      call.open = false;
      call.expire();
    }
  }
}
