import type { Spread } from '../measure/figures.js';
import type { Options } from './options.js';
import type { SpanCost } from './span-cost.js';
import type { VariantName } from './variants.js';

/** What one variant did. */
export interface VariantFigures {
  readonly name: VariantName;
  readonly perSecond: Spread;
  /** Requests a second against those of the bare app in the same round. */
  readonly ofBare: Spread;
  /** Milliseconds; the median over the rounds of each round's percentile. */
  readonly p50: Spread;
  readonly p99: Spread;
  /** Processor time of the app for one answered request, in µs. */
  readonly cpuMicros: Spread;
  /** The same of Postgres, where ours keeps its lines and spans. */
  readonly postgresMicros: Spread;
  readonly refused: number;
}

/** What was hoped for, and what came out. */
export interface Aim {
  readonly aim: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Everything that a run found. */
export interface Result {
  readonly what: 'telemetry';
  readonly at: string;
  readonly machine: Readonly<Record<string, string | number>>;
  /** The share of the machine that others took meanwhile, 0 to 1; above a tenth, measure again. */
  readonly others: Spread;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Options;
  readonly aims: readonly Aim[];
  readonly variants: readonly VariantFigures[];
  readonly spans: readonly SpanCost[];
  /** Rows a second. */
  readonly ingest: { readonly copy: Spread; readonly store: Spread; readonly ofCopy: Spread };
  /** Seconds that `banyan trace` took, the start of its process included. */
  readonly findTrace: Spread;
}
