import type { Spread } from '../measure/figures.js';
import type { CallFigures } from './calls/figures.js';
import type { ChainName } from './load/chains.js';
import type { Options } from './options.js';
import type { VariantName } from './variants.js';

/** What one variant did in one chain. */
export interface ChainFigures {
  readonly chain: ChainName;
  readonly variant: VariantName;
  /** Requests with the expected answer, a second. */
  readonly perSecond: Spread;
  /** Milliseconds; the median over the rounds of each round's percentile. */
  readonly p50: Spread;
  readonly p95: Spread;
  readonly p99: Spread;
  /** Processor time of all server processes, per answered request, in µs; Postgres not included. */
  readonly cpuMicros: Spread;
  /** The same of Postgres; undefined where it can't be seen. */
  readonly postgresMicros: Spread | undefined;
  /** Over all rounds. */
  readonly answered: number;
  readonly aborts: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** How one thing does against another, formed round by round. */
export interface Ratio {
  readonly of: string;
  readonly over: string;
  readonly in: string;
  readonly ratio: Spread;
}

/** What was hoped for, and what came out. */
export interface Aim {
  readonly aim: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Everything that a run found. */
export interface Result {
  readonly what: 'placement';
  readonly at: string;
  readonly machine: Readonly<Record<string, string | number>>;
  /** The share of the machine that others took while the chains were measured, 0 to 1; above a tenth, measure again. */
  readonly others: Spread | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Options;
  /** Processes of each system. */
  readonly processes: Readonly<Record<string, number>>;
  readonly aims: readonly Aim[];
  readonly ratios: readonly Ratio[];
  readonly chains: readonly ChainFigures[];
  readonly calls: readonly CallFigures[];
}
