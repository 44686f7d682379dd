interface Waiting<A, R> {
  readonly asked: A;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Serves requests of which only one can be at work at a time: those that come during a turn are served together in the next
 * one, so the cost of a turn (a lock, a commit) is shared by all who would have waited for it. What each gets is the same
 * as if they had been served one after the other.
 */
export class Turns<A, R> {
  private readonly waiting: Waiting<A, R>[] = [];
  private serving = false;

  /**
   * @param together serves several requests, in their order: one result for each, or one failure for all
   * @param most requests in one turn
   */
  constructor(
    private readonly together: (asked: readonly A[]) => Promise<readonly R[]>,
    private readonly most: number,
  ) {}

  /** Waits for a turn, and for its result. A failure is that of the whole turn. */
  ask(asked: A): Promise<R> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ asked, resolve, reject });
      if (!this.serving) void this.serve();
    });
  }

  private async serve(): Promise<void> {
    this.serving = true;
    while (this.waiting.length > 0) {
      const turn = this.waiting.splice(0, this.most);
      try {
        const results = await this.together(turn.map((one) => one.asked));
        for (const [index, one] of turn.entries()) one.resolve(results[index] as R);
      } catch (error) {
        for (const one of turn) one.reject(error);
      }
    }
    this.serving = false;
  }
}
