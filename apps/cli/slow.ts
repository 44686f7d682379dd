import pc from 'picocolors';
import { type SlowAnswer, type SlowConversation, slowest } from '#platform/questions';
import { withStore } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';
import { named, time } from './trace.js';

/** `banyan slow`: the slowest conversations from their entry to their last hop, and where their time went. */
export async function showSlow(
  terminal: Terminal,
  options: { since: number; entry?: string; limit: number; json?: boolean },
): Promise<number> {
  const { since, entry, limit } = options;
  const answer = await withStore(terminal, (client) => slowest(client, since / 1_000, { entry, limit }));
  if (options.json) terminal.out(`${inertJson(answer)}\n`);
  else if (answer.slowest.length === 0)
    terminal.out(`No conversation is kept from that time.${streams(answer)}\n`);
  else
    terminal.out(
      `${answer.slowest.map(report).join('\n')}${pc.dim(`\nThe slowest of ${answer.seen} conversations.${streams(answer)}\n`)}`,
    );
  return EXIT.fine;
}

function streams({ streams: count }: SlowAnswer): string {
  return count === 0 ? '' : ` ${counted(count, 'stream', 'streams')} of events left out: --entry names one.`;
}

const BAR = 24;

function report({ trace, entry, ms, path }: SlowConversation): string {
  const waited = path.filter(({ what }) => what === 'wait').reduce((sum, each) => sum + each.ms, 0);
  const head = `${pc.bold(inert(entry))}  ${time(ms)}, of which ${time(waited)} waiting  ${pc.dim(trace)}\n`;
  const rows = path
    .filter((stretch) => stretch.ms >= ms / 1_000)
    .map(({ what, operation, module, kind, ms: took }) => {
      const bar = '█'.repeat(Math.round((BAR * took) / Math.max(ms, 0.001))).padEnd(BAR);
      const name = what === 'wait' ? pc.yellow(`waits for ${inert(operation)}`) : named({ kind, operation });
      return `  ${time(took).padStart(9)}  ${what === 'wait' ? pc.yellow(bar) : bar} ${name} ${pc.dim(inert(module ?? ''))}\n`;
    });
  return head + rows.join('');
}
