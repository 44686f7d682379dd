import type { Options } from './options.js';
import type { Part, Sizes } from './sizes.js';

/** What a part may have at most, what it had, and why it may. */
export interface Bound {
  readonly part: Part | 'folder';
  readonly bytes: number;
  readonly peak: number;
  readonly met: boolean;
  readonly why: string;
}

/** What was published, and how everything stood. */
export interface Figures {
  readonly published: number;
  /** Since the start, while it published. */
  readonly seconds: number;
  readonly samples: readonly Sizes[];
}

const MIB = 2 ** 20;
/** A slice is written until the keeper looks, every 5 s, and stays for a minute behind its last event, until the keeper looks again. */
const STAYS_S = 75;
/** A part without an allowance: what it takes once, and what comes of a busy machine on which vacuum comes late. */
const STANDS_STILL = 64 * MIB;

/** Holds the peaks against what the settings allow. */
export function boundsOf({ samples }: Figures, options: Options, maxWal: number): Bound[] {
  const peak = (part: Part) => Math.max(...samples.map(({ parts }) => parts[part]));
  const keep = options.keepMb * MIB;
  const telemetry = options.telemetryMb * MIB;
  const bound = (part: Part, bytes: number, why: string): Bound => {
    return { part, bytes, peak: peak(part), met: peak(part) <= bytes, why };
  };
  const parts = [
    bound(
      'slices of events',
      keep * (1 + 1 / 8) + mostWithin(samples, STAYS_S),
      'EVENTS_KEEP_MB, an eighth, and what came in the busiest minute',
    ),
    bound('lines and spans', telemetry * 1.25, 'TELEMETRY_MAX_MB, and what comes until the next look'),
    bound('log of changes', maxWal * 1.25, 'max_wal_size, which Postgres keeps to within a quarter'),
    bound('wake-up jobs', STANDS_STILL, 'stands still'),
    bound('other tables of ours', STANDS_STILL, 'stands still'),
    bound('catalogue', STANDS_STILL, 'stands still'),
  ];
  const folder = Math.max(...samples.map((sample) => sample.folder));
  const all = parts.reduce((sum, { bytes }) => sum + bytes, STANDS_STILL);
  return [
    ...parts,
    { part: 'folder', bytes: all, peak: folder, met: folder <= all, why: 'all of these, and 64 MiB' },
  ];
}

/** What was published within so many seconds at most, in bytes on disk with its deliveries and indexes. */
function mostWithin(samples: readonly Sizes[], seconds: number): number {
  const events = samples.map(
    ({ at, published }) =>
      published - (samples.findLast((before) => before.at <= at - seconds)?.published ?? 0),
  );
  return Math.max(...events) * bytesPerEvent(samples);
}

/** As slices were before the first of them was dropped. */
function bytesPerEvent(samples: readonly Sizes[]): number {
  const sizes = samples.map(({ parts }) => parts['slices of events']);
  const dropped = sizes.findIndex((size, at) => size < (sizes[at - 1] ?? 0));
  const last = samples[dropped < 0 ? samples.length - 1 : dropped - 1];
  return last && last.published > 0 ? last.parts['slices of events'] / last.published : 0;
}
