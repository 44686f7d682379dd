import type { Spread } from '../figures.js';

/** What a call across modules costs, by the way it goes. */
export interface CallFigures {
  readonly way: string;
  /** Calls outstanding at any time. */
  readonly atATime: number;
  readonly callsPerSecond: Spread;
  /** Time per awaited call, in µs, when one is made after the other; the p50 otherwise. */
  readonly micros: Spread;
  readonly p99Micros: Spread;
}
