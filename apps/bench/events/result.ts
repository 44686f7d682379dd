import type { Spread } from '../measure/figures.js';
import type { Options } from './options.js';
import type { Part } from './rounds.js';
import type { VariantName } from './variants.js';

/** What one variant did in one case. */
export interface Figures {
  readonly part: Part;
  readonly at: string;
  readonly variant: VariantName;
  /** Deliveries, or transactions of the business, a second. */
  readonly perSecond: Spread;
  /** From the commit of the business to the handler, in ms; in the part `latency` only. */
  readonly p50?: Spread;
  readonly p99?: Spread;
  /** Processor time for one of them, in µs: of the system's process, of Postgres, of Redis. */
  readonly nodeMicros: Spread;
  readonly postgresMicros: Spread;
  readonly redisMicros: Spread;
  /** Deliveries over all rounds, effects that were found, and different ones among these; 0 where none are counted. */
  readonly deliveries: number;
  readonly effects: number;
  readonly distinct: number;
}

/** How one thing does against another, formed round by round. */
export interface Ratio {
  readonly of: string;
  readonly over: string;
  readonly ratio: Spread;
}

/** What was hoped for, and what came out. */
export interface Aim extends Ratio {
  readonly aim: string;
  readonly met: boolean;
}

/** Everything that a run found. */
export interface Result {
  readonly what: 'events';
  readonly at: string;
  readonly minutes: number;
  readonly machine: Readonly<Record<string, string | number>>;
  /** The share of the machine that others took meanwhile, 0 to 1; above a tenth, measure again. */
  readonly others: Spread;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Options;
  readonly aims: readonly Aim[];
  readonly figures: readonly Figures[];
  /** Pieces whose effects are not those that were wanted; there should be none. */
  readonly wrong: readonly string[];
}
