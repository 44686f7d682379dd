import { Command, InvalidArgumentError } from 'commander';

/** What one run is told. */
export interface Options {
  /** Whether a tenth of a round goes before them, to be thrown away. */
  readonly warmUp: boolean;
  /** Whether a checkpoint goes before every piece. */
  readonly settles: boolean;
  /** Interleaved rounds. */
  readonly rounds: number;
  /** Deliveries in a piece of a variant whose share is 1. */
  readonly deliveries: number;
  /** Length of the pieces that are measured by time, in seconds. */
  readonly seconds: number;
  /** Backlogs, in events. */
  readonly backlogs: readonly number[];
  readonly json?: string;
}

interface Given {
  readonly rounds?: number;
  readonly quick?: boolean;
  readonly json?: string;
}

const FULL = {
  warmUp: true,
  settles: true,
  rounds: 3,
  deliveries: 8_000,
  seconds: 2,
  backlogs: [1_000, 10_000, 100_000],
} as const;
const QUICK = {
  warmUp: false,
  settles: false,
  rounds: 1,
  deliveries: 100,
  seconds: 0.2,
  backlogs: [100, 200],
} as const;

const TEACH = `
What it tells: how many events a second reach their effects by us and by others, how soon, at what price in processor time and
in the business transaction, with what backlog, and with how many failures. Ratios first; they are formed round by round.

  npm run bench -- events --json results/events.json      about 25 minutes on two cores
  npm run bench -- events --quick                         does it run at all? Its figures mean nothing

It starts a Postgres and a Redis of its own and removes them again. Let nothing else run meanwhile. Exit code 1: the effects of some
piece were not those that were wanted. What is compared, and why it is fair, stands in apps/bench/events/README.md.`;

/**
 * The command `bench events`.
 *
 * @param run what is done with the options
 */
export function eventsCommand(run: (options: Options) => Promise<void>): Command {
  return new Command('events')
    .description('Compares events with BullMQ, pg-boss, graphile-worker and a naive outbox.')
    .option('--rounds <n>', 'interleaved rounds; medians need three (default: 3)', whole)
    .option('--quick', 'a smoke run of a minute or two')
    .option('--json <file>', 'also write the result as JSON')
    .addHelpText('after', TEACH)
    .allowExcessArguments(false)
    .action(({ rounds, quick, json }: Given) => {
      const base = quick ? QUICK : FULL;
      return run({ ...base, ...(rounds !== undefined && { rounds }), ...(json !== undefined && { json }) });
    });
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return number;
}
