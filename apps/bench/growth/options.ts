import { Command, InvalidArgumentError } from 'commander';

/** What one run is told. */
export interface Options {
  /** How long it publishes, in seconds. */
  readonly seconds: number;
  /** Events a second at most; it publishes fewer while many are not delivered. */
  readonly rate: number;
  /** Size of an event, in KB that do not compress. */
  readonly payloadKb: number;
  /** EVENTS_KEEP_MB of the run. */
  readonly keepMb: number;
  /** TELEMETRY_MAX_MB of the run. */
  readonly telemetryMb: number;
  readonly json?: string;
}

interface Given extends Partial<Options> {
  readonly minutes?: number;
  readonly quick?: boolean;
}

const FULL: Options = { seconds: 600, rate: 2_000, payloadKb: 4, keepMb: 32, telemetryMb: 64 };
const QUICK: Options = { ...FULL, seconds: 1, rate: 200 };

const TEACH = `
What it tells: how large the data folder becomes, log of Postgres and telemetry included, while far more is published and delivered than
may be kept. It starts a Postgres of its own, as npm start does, and removes it again.

  npm run bench -- growth                        about twelve minutes; needs 2 GB in the folder for temporary files
  npm run bench -- growth --minutes 60           does it still stand still after an hour?
  npm run bench -- growth --quick                does it run at all? Its figures mean nothing

Exit code 1: the folder, or a part of it, was larger than its bound. What each part is, and what its bound is, stands in
apps/bench/growth/README.md.`;

/**
 * The command `bench growth`.
 *
 * @param run what is done with the options
 */
export function growthCommand(run: (options: Options) => Promise<void>): Command {
  return new Command('growth')
    .description('Measures how large the data folder becomes while events come and go.')
    .option('--minutes <n>', `how long it publishes (default: ${FULL.seconds / 60})`, whole)
    .option('--rate <n>', `events a second at most (default: ${FULL.rate})`, whole)
    .option('--payload-kb <n>', `size of an event (default: ${FULL.payloadKb})`, whole)
    .option('--keep-mb <n>', `EVENTS_KEEP_MB (default: ${FULL.keepMb})`, whole)
    .option('--telemetry-mb <n>', `TELEMETRY_MAX_MB, from 64 (default: ${FULL.telemetryMb})`, whole)
    .option('--quick', 'a smoke run of some seconds')
    .option('--json <file>', 'also write the result as JSON')
    .addHelpText('after', TEACH)
    .allowExcessArguments(false)
    .action(({ quick, minutes, ...given }: Given) =>
      run({ ...(quick ? QUICK : FULL), ...(minutes !== undefined && { seconds: minutes * 60 }), ...given }),
    );
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return number;
}
