import Table from 'cli-table3';
import pc from 'picocolors';
import { type ListenerChange, type ListenerView, viewListeners } from '#platform/listeners';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted, heads, moment, UNSTYLED } from './layout.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan listeners show`: how each listener stands. */
export async function showListeners(
  terminal: Terminal,
  listener: string | undefined,
  options: { json?: boolean },
): Promise<number> {
  const views = await withDatabase(terminal, (client) =>
    viewListeners(client, { listener, keys: listener === undefined ? 3 : 20 }),
  );
  if (listener !== undefined && views.length === 0)
    throw new CommandError(`There is no listener ${inert(listener)}: see \`banyan listeners\`.`);
  if (options.json) terminal.out(`${inertJson({ listeners: views })}\n`);
  else terminal.out(views.length === 0 ? 'No listener has ever been registered.\n' : report(views));
  return views.some(({ orphaned, pending }) => orphaned && pending > 0) ? EXIT.found : EXIT.fine;
}

function report(views: readonly ListenerView[]): string {
  const table = new Table({
    head: heads('listener', 'hears', 'pace', 'pending', 'oldest', 'dead', 'blocked keys'),
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'left'],
    style: UNSTYLED,
  });
  for (const view of views) {
    const { blocked } = view;
    table.push([
      pc.bold(inert(view.name)),
      view.hears.map(inert).join('\n'),
      paceOf(view),
      view.pending === 0 ? pc.dim('0') : pc.yellow(String(view.pending)),
      view.oldestSeconds === null ? pc.dim('-') : age(view.oldestSeconds),
      view.dead === 0 ? pc.dim('0') : pc.red(String(view.dead)),
      blocked.keys === 0 ? pc.dim('-') : pc.yellow(`${blocked.keys}, ${blocked.waiting} behind`),
    ]);
  }
  return `${[table.toString(), ...views.flatMap(notes)].join('\n')}\n`;
}

function paceOf({ lanes, batch, perSecond, ordered }: ListenerView): string {
  const parts = [counted(lanes, 'lane', 'lanes'), `${batch} at once`];
  if (perSecond !== null) parts.push(`${perSecond}/s`);
  if (ordered) parts.push('ordered');
  return parts.join(', ');
}

/** What is out of the ordinary with it. */
function notes(view: ListenerView): string[] {
  const name = inert(view.name);
  const lines: string[] = [];
  if (view.paused) {
    const { since, who, why } = view.paused;
    lines.push(pc.yellow(`${name} is paused since ${moment(since)} by ${inert(who)}: ${inert(why)}`));
  }
  for (const { event, count } of view.waitingFor)
    lines.push(
      pc.yellow(
        `${name}: ${counted(count, 'delivery waits', 'deliveries wait')} for code that knows ${inert(event)}`,
      ),
    );
  lines.push(...view.changes.map((change) => pc.yellow(`${name}: ${underWay(change)}`)));
  if (view.orphaned) lines.push(pc.red(`${name} is declared by no running app, and ${tellsOf(view)}`));
  if (view.renamedTo !== null) lines.push(pc.dim(`${name} is called ${inert(view.renamedTo)} now.`));
  if (view.retiredAt !== null) lines.push(pc.dim(`${name} was retired ${moment(view.retiredAt)}.`));
  for (const { key, eventId, because, waiting } of view.blocked.worst)
    lines.push(
      `${name} key ${inert(key)}: event ${eventId} is ${pc.red(inert(because))}, ${waiting} behind it`,
    );
  return lines;
}

function tellsOf({ name, pending, hears }: ListenerView): string {
  const waiting = counted(pending, 'delivery waits', 'deliveries wait');
  return `${waiting}${hears.length > 0 ? ', and more may come' : ''}. Start the app that does, or: npx banyan listeners retire ${inert(name)}`;
}

function underWay({ kind, former, position, upto }: ListenerChange): string {
  switch (kind) {
    case 'lanes':
      return 'its deliveries are being spread over other lanes';
    case 'rename':
      return `it takes over what waits for ${inert(former ?? '')}`;
    case 'backfill':
      return `it is being given what was published before it came: ${position} of ${upto ?? '?'}`;
  }
}

/** `850 ms` would be noise: what waits is told in seconds, then minutes, hours, days. */
function age(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
