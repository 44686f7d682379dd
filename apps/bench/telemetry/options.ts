import { Command, InvalidArgumentError } from 'commander';

/** What one run is told. */
export interface Options {
  /** Length of each measured piece, in seconds. */
  readonly seconds: number;
  /** Interleaved rounds. */
  readonly rounds: number;
  /** Requests outstanding at any time. */
  readonly concurrency: number;
  /** Rows in each piece of the part that measures the store. */
  readonly rows: number;
  /** Spans among which single traces are looked for. */
  readonly spans: number;
  readonly json?: string;
}

const FULL = { seconds: 4, rounds: 7, concurrency: 64, rows: 100_000, spans: 10_000_000 };
const QUICK = { seconds: 0.3, rounds: 1, concurrency: 8, rows: 5_000, spans: 5_000 };

const TEACH = `
What it tells: what it costs a Nest app that every request is logged, traced and stored, beside the same app bare, with stock
nestjs-pino, and with nestjs-pino and OpenTelemetry. Then what a span costs in process, how much the store takes in,
and how long \`npx banyan trace\` takes among ten million spans.

  npm run bench -- telemetry --json results/telemetry.json    about six minutes on two cores, and some GB of disk
  npm run bench -- telemetry --quick                          does it run at all? Its figures mean nothing

It starts a Postgres of its own and removes it again. Let nothing else run meanwhile. What is compared, and why it is fair, stands
in apps/bench/telemetry/README.md.`;

/**
 * The command `bench telemetry`.
 *
 * @param run what is done with the options
 */
export function telemetryCommand(run: (options: Options) => Promise<void>): Command {
  return new Command('telemetry')
    .description(
      'Compares an app that logs, traces and stores every request with the same app bare and with its peers.',
    )
    .option('--rounds <n>', `interleaved rounds (default: ${FULL.rounds})`, whole)
    .option('--seconds <n>', `length of each measured piece (default: ${FULL.seconds})`, whole)
    .option('--spans <n>', `spans among which a trace is looked for (default: ${FULL.spans})`, whole)
    .option('--quick', 'a smoke run of some seconds')
    .option('--json <file>', 'also write the result as JSON')
    .addHelpText('after', TEACH)
    .allowExcessArguments(false)
    .action(({ quick, ...given }: Partial<Options> & { quick?: boolean }) =>
      run({ ...(quick ? QUICK : FULL), ...given }),
    );
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return number;
}
