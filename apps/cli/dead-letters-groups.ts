import Table from 'cli-table3';
import pc from 'picocolors';
import { type DeadGroup, groupDead, groupOfStray, listStrays, TRANSPORT } from '#platform/dead-letters';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted, folded, heads, moment, UNSTYLED, WIDTH } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';

/** `banyan dead-letters groups`: what gave up by its cause, the most first; then stray jobs, the latest first. */
export async function listGroups(
  terminal: Terminal,
  options: { json?: boolean; listener?: string },
): Promise<number> {
  const groups = await withDatabase(terminal, async (client) => {
    const only = options.listener;
    const strays = only === undefined || only === TRANSPORT ? await listStrays(client) : [];
    return [...(await groupDead(client, options)), ...strays.map(groupOfStray)];
  });
  if (options.json) terminal.out(`${inertJson({ groups })}\n`);
  else
    terminal.out(
      groups.length === 0 ? pc.green('No dead letters.\n') : report(groups, terminal.width ?? WIDTH),
    );
  return EXIT.fine;
}

function report(groups: readonly DeadGroup[], width: number): string {
  const [name, when] = [30, 21];
  const why = Math.max(24, width - name - when - 4);
  const table = new Table({
    head: heads('group', 'cause', 'first and last'),
    colWidths: [name, why, when],
    style: UNSTYLED,
  });
  for (const group of groups) {
    const jobs = group.jobs === null ? [] : [counted(group.jobs, 'job', 'jobs')];
    const sizes = group.listeners.map(({ listener, dead }) => `${inert(listener)} ${dead}`);
    const what = [pc.bold(group.group), pc.red(counted(group.dead, 'dead letter', 'dead letters'))];
    const cells = [...what, ...sizes.flatMap((size) => folded(size, name - 2)), ...jobs];
    table.push([cells.join('\n'), cause(group, why - 2), `${moment(group.oldest)}\n${moment(group.newest)}`]);
  }
  return `${table.toString()}\n${pc.dim('Look at one: banyan dead-letters show <listener> <event id>; deliver all of a group again: replay --group <group>.')}\n`;
}

function cause(group: DeadGroup, width: number): string {
  const lines = folded(inert(`${group.errorClass}: ${group.message}`), width);
  if (group.frame !== null) lines.push(...folded(`at ${inert(group.frame)}`, width).map(pc.dim));
  if (group.root !== null) lines.push(...folded(`because of ${inert(group.root)}`, width));
  lines.push(
    ...folded(`for example ${inert(group.sample.listener)} ${group.sample.eventId}`, width).map(pc.dim),
  );
  return lines.join('\n');
}
