/**
 * Lets many work side by side, or one alone: what is suspected of killing its process must have nothing beside it, or its neighbours
 * would be taken for guilty. Whoever wants to be alone goes first.
 */
export class Gate {
  private inside = 0;
  private alone = false;
  private readonly wantAlone: (() => void)[] = [];
  private waiting: (() => void)[] = [];

  /** Runs `work` beside others, once nobody is or wants to be alone. */
  async among<T>(work: () => Promise<T>): Promise<T> {
    while (this.alone || this.wantAlone.length > 0) {
      await new Promise<void>((go) => this.waiting.push(go));
    }
    this.inside += 1;
    try {
      return await work();
    } finally {
      this.inside -= 1;
      this.next();
    }
  }

  /** Runs `work` with nobody beside it, once those inside have left. */
  async byItself<T>(work: () => Promise<T>): Promise<T> {
    if (this.alone || this.inside > 0) await new Promise<void>((go) => this.wantAlone.push(go));
    this.alone = true;
    try {
      return await work();
    } finally {
      this.alone = false;
      this.next();
    }
  }

  private next(): void {
    if (this.alone || this.inside > 0) return;
    const first = this.wantAlone.shift();
    if (first) {
      this.alone = true; // from this moment, not from when it is told
      first();
      return;
    }
    const { waiting } = this;
    this.waiting = [];
    for (const go of waiting) go();
  }
}
