import { Command, InvalidArgumentError } from 'commander';

/** What one run is told. */
export interface Options {
  /** Length of each measured piece, in seconds. */
  readonly seconds: number;
  /** Interleaved rounds. */
  readonly rounds: number;
  /** Requests outstanding at any time. */
  readonly concurrency: number;
  /** Orders to track. */
  readonly orders: number;
  /** Most database connections of each process. */
  readonly pool: number;
  /** Calls per round and contender, in the part that measures single calls. */
  readonly calls: number;
  readonly json?: string;
  /** A Postgres on which databases may be made; its own is started otherwise. */
  readonly database?: string;
}

const TEACH = `
What it tells: how much one deployable does with two cores, how much all services apart do, and how much a conventional Nest
microservices version of the same does; and what a single call costs in each. Ratios first; they are formed round by round.

  npm run bench -- placement --json results/placement.json
  npm run bench -- placement --seconds 1 --rounds 1        does it run at all?

It starts everything that it needs, a Postgres of its own included, and removes it again. Let nothing else run meanwhile.
What is compared, and why it is fair, stands in apps/bench/placement/README.md.`;

/**
 * The command `bench placement`.
 *
 * @param run what is done with the options
 */
export function placementCommand(run: (options: Options) => Promise<void>): Command {
  return new Command('placement')
    .description(
      'Compares one deployable, all services apart, and a conventional Nest microservices version.',
    )
    .option('--seconds <n>', 'length of each measured piece', positive, 5)
    .option('--rounds <n>', 'interleaved rounds; medians need three', whole, 3)
    .option('--concurrency <n>', 'requests outstanding at any time', whole, 32)
    .option('--orders <n>', 'orders to track', whole, 5_000)
    .option('--pool <n>', 'most database connections of each process', whole, 10)
    .option('--calls <n>', 'calls per round and contender, where single calls are measured', whole, 20_000)
    .option('--json <file>', 'also write the result as JSON')
    .option(
      '--database <url>',
      'a Postgres to make databases on (default: one of its own, started and removed)',
    )
    .addHelpText('after', TEACH)
    .allowExcessArguments(false)
    .action(run);
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('Give a number above 0.');
  return number;
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return number;
}
