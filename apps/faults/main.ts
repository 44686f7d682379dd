import { rmSync } from 'node:fs';
import { Command, Option } from 'commander';
import { makeScratch } from './build/build.js';
import { runGate } from './gate/gate.js';
import type { Backend, Placing } from './stack/bed.js';
import { Servers } from './stack/servers.js';

interface Options {
  readonly gate?: boolean;
  readonly rows?: string;
  readonly backend?: Backend;
  readonly placing?: Placing;
  readonly seed?: string;
  readonly keep?: boolean;
}

const command = new Command('npm run faults --')
  .description(
    'Injects faults into a running test bed, and asks an independent oracle whether anything was lost.',
  )
  .option('--gate', 'the first gate of the fault matrix')
  .option('--rows <names>', 'only these rows of it: A1,B2')
  .addOption(
    new Option('--backend <name>', 'what BullMQ runs on; default both').choices(['redis', 'postgres']),
  )
  .addOption(new Option('--placing <name>', 'default: in turns').choices(['together', 'apart']))
  .option('--seed <text>', 'the luck of the run; default: drawn, and printed')
  .option('--keep', 'keeps what the run has left, also when all is well');
command.parse();
const options = command.opts<Options>();
const seed = options.seed ?? Math.random().toString(36).slice(2, 8);
const say = (text: string) => void process.stdout.write(`${text}\n`);

const scratch = makeScratch();
const servers = await Servers.start(scratch);
const stop = async (code: number) => {
  await servers.stop().catch((error: Error) => say(`While stopping: ${error.message}`));
  if (code === 0 && !options.keep) rmSync(scratch, { recursive: true, force: true });
  process.exit(code);
};
process.once('SIGINT', () => void stop(130)).once('SIGTERM', () => void stop(143));
try {
  const backends: Backend[] = options.backend ? [options.backend] : ['redis', 'postgres'];
  const all = await runGate(servers, {
    ...{ rows: options.rows?.split(','), backends, placing: options.placing, seed, say },
  });
  await stop(all ? 0 : 1);
} catch (error) {
  say(String((error as Error).stack));
  await stop(1);
}
