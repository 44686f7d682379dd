import Table from 'cli-table3';
import pc from 'picocolors';
import {
  countDead,
  countStrays,
  type DeadCount,
  type DeadLetter,
  listDead,
  listStrays,
  listUnheard,
  listWaiting,
  type StrayJob,
  TRANSPORT,
  type Unheard,
  type Waiting,
} from '#platform/dead-letters';
import { withDatabase } from './database.js';
import { timesOf } from './dead-letters-strays.js';
import { waitingLines } from './dead-letters-waiting.js';
import { inert, inertJson } from './inert.js';
import { folded, heads, moment, UNSTYLED, WIDTH } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';

/** Letters of an error message in the table; all of it is in the JSON. */
const LONGEST = 500;

interface ListOptions {
  readonly json?: boolean;
  /** Or `transport`, for stray jobs only. */
  readonly listener?: string;
  readonly limit: number;
}

/** What gave up, and what goes nowhere without having given up, at one moment. */
interface Found {
  readonly total: number;
  readonly listeners: readonly DeadCount[];
  readonly dead: readonly DeadLetter[];
  readonly strays: readonly StrayJob[];
  readonly waiting: readonly Waiting[];
  readonly unheard: readonly Unheard[];
}

/** `banyan dead-letters list`: what gave up, the latest first, and how much per listener. */
export async function listDeadLetters(terminal: Terminal, options: ListOptions): Promise<number> {
  const found = await withDatabase(terminal, async (client) => {
    // One snapshot, so that the numbers fit the list.
    await client.query('begin transaction isolation level repeatable read read only');
    const counts = await countDead(client, options);
    const { dead, strays } = latest(
      await listDead(client, options),
      reaches(options, TRANSPORT) ? await listStrays(client, options) : [],
      options.limit,
    );
    const { oldest, newest, dead: jobs } = await countStrays(client);
    const listeners =
      oldest && newest && reaches(options, TRANSPORT)
        ? [...counts, { listener: TRANSPORT, dead: jobs, oldest, newest }]
        : counts;
    return {
      total: listeners.reduce((sum, each) => sum + each.dead, 0),
      ...{ listeners, dead, strays },
      waiting: await listWaiting(client, options),
      unheard: options.listener === undefined ? await listUnheard(client) : [],
    };
  });
  terminal.out(options.json ? `${inertJson(found)}\n` : report(found, options, terminal.width ?? WIDTH));
  return EXIT.fine;
}

function reaches({ listener }: ListOptions, name: string): boolean {
  return listener === undefined || listener === name;
}

/** Both kinds together are no more than were asked for. */
function latest(dead: DeadLetter[], strays: StrayJob[], limit: number): Pick<Found, 'dead' | 'strays'> {
  const kept = new Set([...dead, ...strays].sort(newestFirst).slice(0, limit));
  return { dead: dead.filter((each) => kept.has(each)), strays: strays.filter((each) => kept.has(each)) };
}

function newestFirst(a: DeadLetter | StrayJob, b: DeadLetter | StrayJob): number {
  return whenOf(b).getTime() - whenOf(a).getTime();
}

function whenOf(each: DeadLetter | StrayJob): Date {
  return each.origin === TRANSPORT ? each.lastAt : each.diedAt;
}

function report(
  { total, listeners, waiting, unheard, ...found }: Found,
  options: ListOptions,
  width: number,
): string {
  const of = options.listener === undefined ? '' : ` of ${inert(options.listener)}`;
  const all = [...found.dead, ...found.strays].sort(newestFirst);
  const parts =
    total === 0 ? [pc.green(`No dead letters${of}.`)] : [countTable(listeners), letterTable(all, width)];
  if (all.length < total)
    parts.push(pc.dim(`The latest ${all.length} of ${total}: --limit shows more, --listener fewer.`));
  return `${[...parts, ...waitingLines(waiting, unheard, width)].join('\n')}\n`;
}

function countTable(counts: readonly DeadCount[]): string {
  const table = new Table({ head: heads('listener', 'dead', 'oldest', 'newest'), style: UNSTYLED });
  for (const { listener, dead, oldest, newest } of counts) {
    const number = { content: pc.red(String(dead)), hAlign: 'right' as const };
    table.push([pc.bold(inert(listener)), number, moment(oldest), moment(newest)]);
  }
  return table.toString();
}

function letterTable(all: readonly (DeadLetter | StrayJob)[], width: number): string {
  const [when, what] = [12, 40];
  const why = Math.max(24, width - when - what - 4); // four lines around and between three columns
  const table = new Table({
    head: heads('gave up', 'delivery', 'why'),
    colWidths: [when, what, why],
    style: UNSTYLED,
  });
  for (const each of all) {
    const cells =
      each.origin === TRANSPORT ? stray(each, what - 2, why - 2) : [delivery(each), reason(each, why - 2)];
    table.push([moment(whenOf(each)).replace(' ', '\n'), ...cells]);
  }
  return table.toString();
}

function stray(each: StrayJob, width: number, whyWidth: number): [string, string] {
  const place = [
    pc.bold(TRANSPORT),
    `${each.id} in queue ${inert(each.queue)}`,
    pc.dim(`group ${each.group}`),
  ];
  const why = folded(`${inert(each.explanation)}`, whyWidth);
  return [
    place.flatMap((line) => folded(line, width)).join('\n'),
    [`${pc.red(each.reason)}, came ${timesOf(each)}`, ...why].join('\n'),
  ];
}

function delivery({ listener, type, eventId, key, waiting, traceId, group }: DeadLetter): string {
  const event = type === null ? `event ${eventId} ${pc.red('is gone')}` : `${inert(type)} ${eventId}`;
  const lines = [pc.bold(inert(listener)), event];
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
