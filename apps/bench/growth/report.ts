import pc from 'picocolors';
import { pairs, table, whole } from '../measure/table.js';
import type { Bound, Figures } from './bounds.js';
import type { Options } from './options.js';
import { type OtherTable, PARTS, type Sizes } from './sizes.js';

/** What one run has found. */
export interface Result extends Figures {
  readonly what: 'growth';
  readonly at: string;
  readonly settings: Options;
  readonly undelivered: number;
  /** Bytes of the log of changes that were ever written. */
  readonly written: number;
  /** The server's max_wal_size, in bytes. */
  readonly maxWal: number;
  readonly before: Sizes;
  readonly after: Sizes;
  readonly bounds: readonly Bound[];
  readonly others: readonly OtherTable[];
  readonly machine: Record<string, string | number>;
  readonly versions: Record<string, string>;
}

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** The result for people. */
export function report(result: Result): string {
  const { samples, before, after, bounds, settings, others } = result;
  const halfway = samples.findLast(({ at }) => at <= result.seconds / 2) ?? before;
  const row = (name: string, of: (sizes: Sizes) => number) => {
    const bound = bounds.find(({ part }) => part === name);
    const peak = Math.max(...samples.map(of));
    return [
      name,
      ...[of(before), of(halfway), peak, of(after)].map(mib),
      bound ? mib(bound.bytes) : '',
      bound?.why ?? '',
    ];
  };
  return [
    pc.bold('How large the data folder becomes'),
    '',
    `${result.published} events published in ${whole(result.seconds)} s, ${result.undelivered} deliveries left over; ` +
      `${mib(result.written)} MiB written to the log of changes. Kept may be ${settings.keepMb} MiB of events and ${settings.telemetryMb} MiB of telemetry.`,
    '',
    table(
      ['MiB on disk', 'before', 'half-time', 'peak', 'after', 'bound', ''],
      [...PARTS.map((part) => row(part, ({ parts }) => parts[part])), row('folder', ({ folder }) => folder)],
    ),
    '',
    table(
      ['largest without an allowance', 'updates', 'rows', 'dead rows', 'vacuumed', 'MiB'],
      others.map(({ table: name, updates, live, dead, vacuums, bytes }) => [
        name,
        ...[updates, live, dead, vacuums].map(String),
        mib(bytes),
      ]),
    ),
    '',
    ...bounds.map(({ part, bytes, peak, met }) =>
      met
        ? `${pc.green('kept   ')} ${part}: ${mib(peak)} of ${mib(bytes)} MiB`
        : `${pc.red('exceeded')} ${part}: ${mib(peak)} of ${mib(bytes)} MiB`,
    ),
    '',
    pc.dim(pairs(result.machine)),
    pc.dim(pairs(result.versions)),
  ].join('\n');
}
