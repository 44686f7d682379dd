import Table from 'cli-table3';
import pc from 'picocolors';
import { type Balance, type Conservation, conservation, type Gap } from '#platform/conservation';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted, heads, UNSTYLED } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';

const STATES = ['done', 'skipped', 'pending', 'dead', 'resolved', 'discarded', 'missing'] as const;

/** `banyan events conservation`: does everything that was published add up? */
export async function showConservation(
  terminal: Terminal,
  options: { json?: boolean; after?: string },
): Promise<number> {
  const found = await withDatabase(terminal, (client) => conservation(client, options));
  terminal.out(options.json ? `${inertJson(found)}\n` : report(found));
  return found.gaps.length === 0 ? EXIT.fine : EXIT.found;
}

function report({ balances, unheard, gaps, appsRun }: Conservation): string {
  const parts = [balances.length === 0 ? pc.dim('Nothing was published to anybody.') : table(balances)];
  if (unheard.length > 0) {
    const types = unheard.map(({ type, published }) => `${inert(type)} (${published})`).join(', ');
    parts.push(pc.dim(`Heard by nobody: ${types}`));
  }
  if (!appsRun) parts.push(pc.dim('No app runs, so nobody can tell which listeners are gone.'));
  parts.push(...gaps.map(gap));
  parts.push(
    gaps.length === 0
      ? pc.green('Everything that was published is accounted for.')
      : pc.red(counted(gaps.length, 'gap.', 'gaps.')),
  );
  return `${parts.join('\n')}\n`;
}

function table(balances: readonly Balance[]): string {
  const made = new Table({
    head: heads('event', 'listener', 'published', ...STATES),
    colAligns: ['left', 'left', 'right', ...STATES.map(() => 'right' as const)],
    style: UNSTYLED,
  });
  for (const balance of balances) {
    const states = STATES.map((state) => number(balance[state], state));
    made.push([inert(balance.type), pc.bold(inert(balance.listener)), String(balance.published), ...states]);
  }
  return made.toString();
}

function number(count: number, state: (typeof STATES)[number]): string {
  if (count === 0) return pc.dim('0');
  if (state === 'missing' || state === 'dead') return pc.red(String(count));
  return state === 'pending' ? pc.yellow(String(count)) : String(count);
}

function gap({ kind, listener, type, count, ids }: Gap): string {
  const named = `${ids.join(', ')}${ids.length < count ? ', ...' : ''}`;
  const [who, what] = [inert(listener), type === null ? '' : ` of ${inert(type)}`];
  switch (kind) {
    case 'no delivery':
      return pc.red(`${who} has no delivery of ${counted(count, 'event', 'events')}${what}: ${named}`);
    case 'no event':
      return pc.red(
        `${who} has ${counted(count, 'delivery whose event is', 'deliveries whose events are')} gone: ${named}`,
      );
    case 'no listener':
      return pc.red(
        `${counted(count, 'delivery waits', 'deliveries wait')} for ${who}${what}, which no running app declares: ${named}\n` +
          '  Start the app that does (see `banyan instances`), or bring the listener back under its name; what is gone for good: `banyan listeners retire`.',
      );
  }
}
