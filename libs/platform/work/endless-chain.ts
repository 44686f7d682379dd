import { Bug } from '../seam/bug.js';

/** Deliveries in one chain of causes before it is taken for a loop. */
export const HOP_LIMIT = 32;

/** Deliveries chase each other: each publishes what the next one hears, with no end. */
export class EndlessChain extends Bug {
  constructor(operation: string | undefined, type: string, hops: number) {
    super(
      `Events chase each other: "${operation}" publishes ${type} ${hops} deliveries after the ` +
        `request that began it. Break the circle, by a listener that skips what it has caused itself.`,
    );
  }
}
