import pc from 'picocolors';
import { type Effects, type EffectToShow, listEffects } from '#platform/conservation';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted, moment } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';

/** `banyan effects list`: the calls to the outside world, and what is known of each. */
export async function showEffects(
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
