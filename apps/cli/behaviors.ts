import pc from 'picocolors';
import { type Behavior, behaviors } from '#platform/questions';
import { withStore } from './database.js';
import { inert, inertJson } from './inert.js';
import { EXIT, type Terminal } from './terminal.js';
import { named, time } from './trace.js';

/** `banyan behaviors`: in which ways conversations run, per entry point, and which ways are new. */
export async function showBehaviors(
  terminal: Terminal,
  options: { since: number; entry?: string; new?: boolean; json?: boolean },
): Promise<number> {
  const all = await withStore(terminal, (client) => behaviors(client, options.since / 1_000, options.entry));
  const found = options.new ? all.filter(({ isNew }) => isNew) : all;
  if (options.json) terminal.out(`${inertJson({ behaviors: found })}\n`);
  else
    terminal.out(found.length === 0 ? 'No behavior of that kind is kept.\n' : found.map(report).join('\n'));
  return EXIT.fine;
}

function report({ entry, shape, count, isNew, ms, example, hops }: Behavior): string {
  const mark = isNew ? ` ${pc.green('new since the version before')}` : '';
  const head = `${pc.bold(inert(entry))} ${pc.dim(shape)}  ${count} times, ${time(ms)}${mark}  ${pc.dim(`e.g. ${example}`)}\n`;
  const rows = hops.map(
    ({ depth, kind, operation, outcome }) =>
      `  ${'  '.repeat(depth)}${named({ kind, operation })}${outcome === 'ok' ? '' : ` ${pc.red(inert(outcome))}`}\n`,
  );
  return head + rows.join('');
}
