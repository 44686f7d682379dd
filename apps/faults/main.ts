import { rmSync } from 'node:fs';
import { Command, Option } from 'commander';
import { makeScratch } from './build/build.js';
import { graveyard, runChaos } from './chaos/chaos.js';
import { runGate, someRows } from './gate/gate.js';
import { runMutants, someMutants } from './mutants/run-mutants.js';
import type { Backend, Placing } from './stack/bed.js';
import { Servers } from './stack/servers.js';

interface Options {
  readonly gate?: boolean;
  readonly rows?: string;
  readonly mutants?: boolean;
  readonly only?: string;
  readonly seeds: string;
  readonly minutes?: string;
  readonly graveyard?: boolean;
  readonly ci?: boolean;
  readonly backend?: Backend;
  readonly placing?: Placing;
  readonly seed?: string;
  readonly keep?: boolean;
}

/** What CI runs of it: three minutes of chaos, and a share of rows and mutants that the seed draws anew for each commit. */
const CI = { minutes: 3, rows: 6, mutants: 4 };

const command = new Command('npm run faults --')
  .description(
    'Injects faults into a running test bed, and asks an independent oracle whether anything was lost.',
  )
  .option('--gate', 'the first gate of the fault matrix')
  .option('--rows <names>', 'only these rows of it: A1,B2')
  .option('--mutants', 'tests the oracle: faults in a copy of the code, each of which it must see')
  .option('--only <numbers>', 'only these mutants: 1,14')
  .option('--seeds <count>', 'runs of each mutant', '3')
  .option('--minutes <count>', 'chaos for so long')
  .option('--graveyard', 'the seeds of chaos that have failed once')
  .option(
    '--ci',
    `${CI.minutes} minutes of chaos, the graveyard, and a share of rows and mutants that the seed draws`,
  )
  .addOption(
    new Option('--backend <name>', 'what BullMQ runs on; default both').choices(['redis', 'postgres']),
  )
  .addOption(new Option('--placing <name>', 'default: in turns').choices(['together', 'apart']))
  .option('--seed <text>', 'the luck of the run; default: drawn, and printed')
  .option('--keep', 'keeps what the run has left, also when all is well');
command.parse();
const options = command.opts<Options>();
const seed = options.seed ?? Math.random().toString(36).slice(2, 8);
const backends: readonly Backend[] = options.backend ? [options.backend] : ['redis', 'postgres'];
const say = (text: string) => void process.stdout.write(`${text}\n`);

const scratch = makeScratch();
let servers: Servers | undefined;
const stop = async (code: number) => {
  await servers?.stop().catch((error: Error) => say(`While stopping: ${error.message}`));
  if (code === 0 && !options.keep) rmSync(scratch, { recursive: true, force: true });
  process.exit(code);
};
process.once('SIGINT', () => void stop(130)).once('SIGTERM', () => void stop(143));
try {
  servers = await Servers.start(scratch);
  await stop((await runAll(servers)) ? 0 : 1);
} catch (error) {
  say(String((error as Error).stack));
  await stop(1);
}

/** @returns whether all that was asked for has held */
async function runAll(servers: Servers): Promise<boolean> {
  const { gate, rows, mutants, minutes, ci, placing } = options;
  const held: boolean[] = [];
  if (ci || options.graveyard) {
    for (const buried of graveyard()) held.push(await runChaos(servers, buried, say));
  }
  if (ci || minutes !== undefined) {
    const backend = options.backend ?? (parity(seed) ? 'redis' : 'postgres');
    held.push(await runChaos(servers, { seed, minutes: Number(minutes ?? CI.minutes), backend }, say));
  }
  if (ci || gate || rows) {
    const names = rows?.split(',') ?? (ci ? someRows(CI.rows, seed) : undefined);
    held.push(await runGate(servers, { rows: names, backends, placing, seed, say }));
  }
  if (ci || mutants) {
    const numbers = options.only?.split(',').map(Number) ?? (ci ? someMutants(CI.mutants, seed) : undefined);
    const seeds = Array.from({ length: ci ? 1 : Number(options.seeds) }, (_, n) => `${seed}-${n + 1}`);
    held.push(await runMutants(servers, { backend: options.backend ?? 'redis', numbers, seeds, say }));
  }
  if (held.length === 0 && !options.graveyard) command.help();
  return held.every(Boolean);
}

/** One or the other, as the seed has it. */
function parity(text: string): boolean {
  return [...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 2 === 0;
}
