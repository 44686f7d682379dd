/** Counts the runs of handlers, and notes when each delivery was first begun. */
export class Tally {
  /** When, in ms on the clock of `performance.now()`; 0: not yet. */
  readonly begun: Float64Array;
  private readonly seen: Uint8Array;
  private ran = 0;
  private different = 0;
  private waiting: (() => void) | undefined;

  constructor(
    events: number,
    private readonly listeners: number,
  ) {
    this.begun = new Float64Array(events);
    this.seen = new Uint8Array(events * listeners);
  }

  /** Deliveries that are to come. */
  get expected(): number {
    return this.seen.length;
  }

  /** Runs of handlers so far, repeated ones included. */
  get runs(): number {
    return this.ran;
  }

  /** Deliveries whose handler ran at least once. */
  get distinct(): number {
    return this.different;
  }

  readonly heard = (n: number, listener: number): void => {
    if (this.begun[n] === 0) this.begun[n] = performance.now();
    const at = n * this.listeners + listener - 1;
    this.ran++;
    if (this.seen[at] !== 0) return;
    this.seen[at] = 1;
    if (++this.different === this.expected) this.waiting?.();
  };

  /** Resolves once every delivery has been begun. */
  async allBegun(): Promise<void> {
    if (this.different < this.expected) await new Promise<void>((resolve) => (this.waiting = resolve));
  }
}
