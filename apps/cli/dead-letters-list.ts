import Table from 'cli-table3';
import pc from 'picocolors';
import { countDead, type DeadCount, type DeadLetter, listDead } from '#platform/dead-letters';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { folded, heads, moment, UNSTYLED, WIDTH } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';

/** Letters of an error message in the table; all of it is in the JSON. */
const LONGEST = 500;

/** `banyan dead-letters list`: what gave up, the latest first, and how much per listener. */
export async function listDeadLetters(
  terminal: Terminal,
  options: { json?: boolean; listener?: string; limit: number },
): Promise<number> {
  const { dead, counts } = await withDatabase(terminal, async (client) => {
    // One snapshot, so that the numbers fit the list.
    await client.query('begin transaction isolation level repeatable read read only');
    return { counts: await countDead(client, options), dead: await listDead(client, options) };
  });
  const total = counts.reduce((sum, each) => sum + each.dead, 0);
  if (options.json) terminal.out(`${inertJson({ total, listeners: counts, dead })}\n`);
  else
    terminal.out(
      total === 0 ? nothing(options.listener) : report(counts, dead, total, terminal.width ?? WIDTH),
    );
  return EXIT.fine;
}

function nothing(listener: string | undefined): string {
  return pc.green(`No dead letters${listener === undefined ? '' : ` of ${inert(listener)}`}.\n`);
}

function report(
  counts: readonly DeadCount[],
  dead: readonly DeadLetter[],
  total: number,
  width: number,
): string {
  const parts = [countTable(counts), letterTable(dead, width)];
  if (dead.length < total)
    parts.push(pc.dim(`The latest ${dead.length} of ${total}: --limit shows more, --listener fewer.`));
  return `${parts.join('\n')}\n`;
}

function countTable(counts: readonly DeadCount[]): string {
  const table = new Table({ head: heads('listener', 'dead', 'oldest', 'newest'), style: UNSTYLED });
  for (const { listener, dead, oldest, newest } of counts) {
    const number = { content: pc.red(String(dead)), hAlign: 'right' as const };
    table.push([pc.bold(inert(listener)), number, moment(oldest), moment(newest)]);
  }
  return table.toString();
}

function letterTable(dead: readonly DeadLetter[], width: number): string {
  const [when, what] = [12, 40];
  const why = Math.max(24, width - when - what - 4); // four lines around and between three columns
  const table = new Table({
    head: heads('gave up', 'delivery', 'why'),
    colWidths: [when, what, why],
    style: UNSTYLED,
  });
  for (const letter of dead) {
    table.push([moment(letter.diedAt).replace(' ', '\n'), delivery(letter), reason(letter, why - 2)]);
  }
  return table.toString();
}

function delivery({ listener, type, eventId, key, waiting, traceId, group }: DeadLetter): string {
  const lines = [pc.bold(inert(listener)), `${inert(type)} ${eventId}`];
  if (key !== null) lines.push(`key ${inert(key)}${waiting > 0 ? pc.yellow(` (${waiting} waiting)`) : ''}`);
  if (traceId !== null) lines.push(pc.dim(`trace ${traceId}`));
  lines.push(pc.dim(`group ${group}`));
  return lines.join('\n');
}

function reason({ lastError, attempts }: DeadLetter, width: number): string {
  const after = `after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
  if (lastError === null) return `${after}; no attempt was recorded`;
  const text = `${inert(lastError.class)}: ${inert(lastError.message)}`;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return [`${pc.red(lastError.kind)} ${after}`, ...folded(short, width)].join('\n');
}
