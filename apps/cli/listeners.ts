import { type Command, InvalidArgumentError } from 'commander';
import { lazily } from './lazily.js';
import type { Terminal } from './terminal.js';

const showListeners = lazily(async () => (await import('./listeners-view.js')).showListeners);
const drainListener = lazily(async () => (await import('./listeners-act.js')).drainListener);
const pauseListener = lazily(async () => (await import('./listeners-act.js')).pauseListener);
const renameListener = lazily(async () => (await import('./listeners-act.js')).renameListener);
const resumeListener = lazily(async () => (await import('./listeners-act.js')).resumeListener);
const retireListener = lazily(async () => (await import('./listeners-act.js')).retireListener);

const ABOUT = `
A listener is a named, durable reaction of one module to events; what it has still to hear waits for it in Postgres.

Examples:
  $ npx banyan listeners                                  how each stands: what waits, since when, behind which keys
  $ npx banyan listeners --json | jq '.listeners[] | select(.oldestSeconds > 60) | .name'
  $ npx banyan listeners pause payment.charge --why "the provider asked us to"
  $ npx banyan listeners drain payment.charge --within 60
  $ npx banyan listeners retire payment.old --why "replaced by payment.charge"`;

/** Adds \`banyan listeners\` and what can be done with them. */
export function listeners(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  const group = program
    .command('listeners')
    .description('who hears what: what waits, behind which keys, paused, orphaned; pause, resume, drain')
    .addHelpText('after', ABOUT)
    .enablePositionalOptions();
  group
    .command('show', { isDefault: true })
    .description('how each listener stands; exit code 1 when something waits that nobody will take')
    .argument('[listener]', 'only this one')
    .option('--json', 'as JSON: { listeners }')
    .action(async (name, options) => ended(await showListeners(terminal, name, options)));
  group
    .command('pause')
    .description('holds its deliveries back, in every process and over restarts; nothing is lost')
    .argument('<listener>')
    .requiredOption('--why <reason>', 'kept with it', said)
    .option('--who <name>', 'who does it (default: the user)', said)
    .option('--json', 'as JSON: { listener, atWork }')
    .action(async (name, options) => ended(await pauseListener(terminal, name, options)));
  group
    .command('resume')
    .description('lets it go on; what waited is taken up within two seconds')
    .argument('<listener>')
    .option('--why <reason>', 'kept with it', said)
    .option('--who <name>', 'who does it (default: the user)', said)
    .option('--json', 'as JSON: { listener }')
    .action(async (name, options) => ended(await resumeListener(terminal, name, options)));
  group
    .command('drain')
    .description('waits until nothing is pending; exit code 1 when something is left')
    .argument('<listener>')
    .option('--within <seconds>', 'longest wait', seconds, 60)
    .option('--json', 'as JSON: { listener, outcome, pending, stuck }')
    .action(async (name, options) => ended(await drainListener(terminal, name, options)));
  group
    .command('retire')
    .description('ends one that no code declares any more: what waits for it is discarded, with who and why')
    .argument('<listener>')
    .option('--event <type>', 'only for this type of event, which its code does not hear any more')
    .requiredOption('--why <reason>', 'kept with each delivery', said)
    .option('--who <name>', 'who does it (default: the user)', said)
    .option('--json', 'as JSON: { listener, event, discarded }')
    .action(async (name, options) => ended(await retireListener(terminal, name, options)));
  group
    .command('rename')
    .description(
      'gives what one has still to hear to another: the way back when code with `was` is taken back',
    )
    .argument('<from>')
    .argument('<to>')
    .requiredOption('--why <reason>', 'kept with it', said)
    .option('--who <name>', 'who does it (default: the user)', said)
    .option('--json', 'as JSON: { from, to }')
    .action(async (from, to, options) => ended(await renameListener(terminal, from, to, options)));
}

/** What is kept as an audit must say something. */
export function said(words: string): string {
  if (words.trim() === '') throw new InvalidArgumentError('It must say something.');
  return words.trim();
}

function seconds(words: string): number {
  const value = Number(words);
  if (!(value > 0 && value <= 86_400)) throw new InvalidArgumentError('It must be seconds, at most a day.');
  return value;
}
