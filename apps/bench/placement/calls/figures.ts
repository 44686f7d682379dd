import type { Spread } from '../../measure/figures.js';

/** What a call across modules costs, by the way it goes. */
export interface CallFigures {
  readonly way: string;
  /** Calls outstanding at any time. */
  readonly atATime: number;
  readonly perSecond: Spread;
  /** How long an awaited call takes, in µs: the mean of each round. */
  readonly micros: Spread;
  /** In µs, over each round; undefined in process, where looking at the clock would cost more than the call. */
  readonly p50Micros: Spread | undefined;
  readonly p99Micros: Spread | undefined;
  /** Processor time of both processes for each call, in µs; undefined in process, where it is the time itself. */
  readonly cpuMicros: Spread | undefined;
}

/** The figures of each round, by way and concurrency: for the spreads, and for ratios formed round by round. */
export interface CallRounds {
  readonly way: string;
  readonly atATime: number;
  readonly rounds: readonly CallRound[];
}

/** One way in one round. */
export interface CallRound {
  readonly perSecond: number;
  readonly micros: number;
  readonly p50Micros?: number;
  readonly p99Micros?: number;
  readonly cpuMicros?: number;
}
