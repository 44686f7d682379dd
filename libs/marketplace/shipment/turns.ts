import { Fault } from '#platform/seam';
import { tooManyDeliveries } from './contract/shipment.refusals.js';

interface Waiting<A, R> {
  readonly asked: A;
  readonly deadline: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** How many requests a {@link Turns} takes. */
export interface TurnBounds {
  /** In one turn. */
  readonly most: number;
  /** Waiting for one; whoever comes then is refused. */
  readonly waiting: number;
}

/**
 * Serves requests of which only one can be at work at a time: those that come during a turn are served together in the next
 * one, so the cost of a turn (a lock, a commit) is shared by all who would have waited for it. What each gets is the same
 * as if they had been served one after the other.
 */
export class Turns<A, R> {
  private readonly waiting: Waiting<A, R>[] = [];
  private serving = false;

  /** @param together serves several requests, in their order: one result for each, or one failure for all */
  constructor(
    private readonly together: (asked: readonly A[]) => Promise<readonly R[]>,
    private readonly bounds: TurnBounds,
  ) {}

  /**
   * Waits for a turn, and for its result. A failure is that of the whole turn.
   *
   * @param deadline when nobody waits for the result any more, on the clock of `performance.now()`
   * @throws Refusal `shipment.too-many-deliveries`: enough are waiting
   * @throws Fault the deadline passed before the turn came; nothing was done
   */
  ask(asked: A, deadline = Number.POSITIVE_INFINITY): Promise<R> {
    return new Promise((resolve, reject) => {
      const { waiting } = this.bounds;
      if (this.waiting.length >= waiting) return reject(tooManyDeliveries({ waiting }));
      this.waiting.push({ asked, deadline, resolve, reject });
      if (!this.serving) void this.serve();
    });
  }

  private async serve(): Promise<void> {
    this.serving = true;
    for (let turn = this.next(); turn.length > 0; turn = this.next()) {
      try {
        const results = await this.together(turn.map((one) => one.asked));
        for (const [index, one] of turn.entries()) one.resolve(results[index] as R);
      } catch (error) {
        for (const one of turn) one.reject(error);
      }
    }
    this.serving = false;
  }

  /** The first who still have time. The late ones make room: to do what they asked would surprise who has asked again. */
  private next(): Waiting<A, R>[] {
    const turn: Waiting<A, R>[] = [];
    const now = performance.now();
    while (turn.length < this.bounds.most) {
      const first = this.waiting.shift();
      if (!first) break;
      if (first.deadline > now) turn.push(first);
      else
        first.reject(
          new Fault('Its turn did not come in time, so nothing was done. Ask again.', { acted: 'no' }),
        );
    }
    return turn;
  }
}
