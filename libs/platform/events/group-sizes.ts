import { type Lane, laneName } from './listener.js';

/**
 * How many deliveries of a lane may share a transaction. A group that fails as a whole (it lost a race, or its commit was refused) is tried
 * again one delivery at a time, which waits for locks as patiently as a request does; from then on the lane's groups grow by one with each
 * that succeeds, so that they stay as large as the rows that they touch allow.
 */
export class GroupSizes {
  private readonly sizes = new Map<string, number>();

  /** @param most as the listener says */
  of(lane: Lane, most: number): number {
    return Math.min(this.sizes.get(laneName(lane)) ?? most, most);
  }

  /** A group of the lane has failed as a whole. */
  lost(lane: Lane): void {
    this.sizes.set(laneName(lane), 1);
  }

  /** What was taken of the lane is done. @param most as the listener says */
  won(lane: Lane, most: number): void {
    const size = this.sizes.get(laneName(lane));
    if (size === undefined) return;
    if (size + 1 >= most) this.sizes.delete(laneName(lane));
    else this.sizes.set(laneName(lane), size + 1);
  }
}
