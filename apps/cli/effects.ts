import type { Command } from 'commander';
import pc from 'picocolors';
import { type Effects, type EffectToShow, listEffects } from '#platform/conservation';
import { withDatabase } from './database.js';
import { wholeNumber } from './dead-letters.js';
import { inert, inertJson } from './inert.js';
import { counted, moment } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';

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
    .action(async (options) => ended(await list(terminal, options)));
}

async function list(
  terminal: Terminal,
  options: { unknown?: boolean; listener?: string; limit: number; json?: boolean },
): Promise<number> {
  const found = await withDatabase(terminal, (client) => listEffects(client, options));
  terminal.out(options.json ? `${inertJson(found)}\n` : report(found, options.unknown === true));
  return EXIT.fine;
}

function report({ total, effects }: Effects, unknown: boolean): string {
  if (total === 0) return pc.green(unknown ? 'No effect is unknown.\n' : 'No calls were made.\n');
  const lines = effects.map(tell);
  if (effects.length < total)
    lines.push(pc.dim(`The latest ${effects.length} of ${total}: --limit shows more, --listener fewer.`));
  return `${lines.join('\n')}\n`;
}

function tell(effect: EffectToShow): string {
  const { listener, eventId, key, outcome, calls, lastAt, app, instance, state, dueAt, lastError } = effect;
  const paint = outcome === 'unknown' ? pc.yellow : outcome === 'done' ? pc.green : pc.red;
  const until = state === 'pending' ? ` until ${moment(dueAt)}` : '';
  const lines = [
    `${paint(outcome)} ${pc.bold(inert(listener))} ${eventId} ${state}${until}`,
    `  ${counted(calls, 'call', 'calls')} under the key ${key}, ${pc.dim(`the last ${moment(lastAt)} in ${inert(app)} ${inert(instance)}`)}`,
  ];
  if (outcome !== 'done')
    lines.push(`  ${lastError === null ? 'no attempt is recorded as failed' : inert(lastError)}`);
  return lines.join('\n');
}
