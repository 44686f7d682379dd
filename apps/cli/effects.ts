import type { Command } from 'commander';
import { wholeNumber } from './dead-letters.js';
import { lazily } from './lazily.js';
import type { Terminal } from './terminal.js';

const showEffects = lazily(async () => (await import('./effects-list.js')).showEffects);

const ABOUT = `
unknown  a call is out, was cut off, or failed without word that it had no effect: it may have had its effect
done     its result is recorded
failed   none of its calls has had an effect

What is pending is called again under the same key. What is dead waits for you: ask the other side by the key, then
"banyan dead-letters replay" (the same key again) or "resolve" (with the evidence).

Examples:
  $ npx banyan effects list --unknown         what may or may not have happened out there
  $ npx banyan effects list --listener payment.charge --json`;

/** Adds \`banyan effects\`: the calls to the outside world. */
export function effects(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  program
    .command('effects')
    .description('calls to the outside world, and what is known of them')
    .addHelpText('after', ABOUT)
    .command('list')
    .description('what listeners have called the outside world for, the latest first')
    .option('--unknown', 'only what may have had its effect without a result, and nobody has settled')
    .option('--listener <name>', 'only of this listener')
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .option('--json', 'as JSON: { total, effects }')
    .action(async (options) => ended(await showEffects(terminal, options)));
}
