import type { Client } from 'pg';
import pc from 'picocolors';
import { type Drained, drain, ListenerRefused, pause, rename, resume, retire } from '#platform/listeners';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted } from './layout.js';
import { operator } from './operator.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

interface ActOptions {
  readonly who?: string;
  readonly why?: string;
  readonly json?: boolean;
}

/** `banyan listeners pause`. */
export async function pauseListener(terminal: Terminal, name: string, options: ActOptions): Promise<number> {
  const { atWork } = await onListener(terminal, (client) => pause(client, name, actor(options)));
  const still = atWork === 0 ? '' : pc.yellow(`${counted(atWork, 'lane is', 'lanes are')} still at work.\n`);
  say(
    terminal,
    options,
    { listener: name, atWork },
    `${inert(name)} is paused: what is published waits.\n${still}`,
  );
  return EXIT.fine;
}

/** `banyan listeners resume`. */
export async function resumeListener(terminal: Terminal, name: string, options: ActOptions): Promise<number> {
  await onListener(terminal, (client) => resume(client, name, actor(options)));
  say(terminal, options, { listener: name }, `${inert(name)} goes on.\n`);
  return EXIT.fine;
}

/** `banyan listeners retire`. */
export async function retireListener(
  terminal: Terminal,
  name: string,
  options: ActOptions & { event?: string },
): Promise<number> {
  const discarded = await onListener(terminal, (client) =>
    retire(client, name, actor(options), options.event),
  );
  const what = options.event === undefined ? 'anything' : inert(options.event);
  const given = counted(discarded, 'delivery is', 'deliveries are');
  say(
    terminal,
    options,
    { listener: name, event: options.event ?? null, discarded },
    `${inert(name)} is not told of ${what} any more; ${given} discarded.\n`,
  );
  return EXIT.fine;
}

/** `banyan listeners rename`. */
export async function renameListener(
  terminal: Terminal,
  from: string,
  to: string,
  options: ActOptions,
): Promise<number> {
  await onListener(terminal, (client) => rename(client, from, to, actor(options)));
  say(terminal, options, { from, to }, `${inert(to)} takes over what ${inert(from)} has still to hear.\n`);
  return EXIT.fine;
}

/** `banyan listeners drain`. */
export async function drainListener(
  terminal: Terminal,
  name: string,
  options: { within: number; json?: boolean },
): Promise<number> {
  const told = (pending: number) => terminal.err(`\r${pending} pending `);
  const showing = terminal.width !== undefined && !options.json ? { told } : {};
  const drained = await onListener(terminal, (client) =>
    drain(client, name, { withinMs: options.within * 1_000, ...showing }),
  );
  if ('told' in showing) terminal.err('\r');
  say(terminal, options, { listener: name, ...drained }, ending(name, drained));
  return drained.outcome === 'empty' ? EXIT.fine : EXIT.found;
}

function ending(name: string, { outcome, pending, stuck }: Drained): string {
  if (outcome === 'empty') return pc.green(`Nothing is pending for ${inert(name)}.\n`);
  const left = counted(pending, 'delivery is', 'deliveries are');
  if (outcome === 'late') return pc.yellow(`The time is over; ${left} still pending.\n`);
  return pc.red(
    `${left} left that can't go on: see \`banyan listeners show ${inert(name)}\` (${stuck} stuck).\n`,
  );
}

function actor({ who, why }: ActOptions) {
  return { who: who ?? operator(), why: why ?? '' };
}

function say(terminal: Terminal, { json }: { json?: boolean }, facts: object, sentence: string): void {
  terminal.out(json ? `${inertJson(facts)}\n` : sentence);
}

/** What is refused is said as a sentence, without a stack. */
async function onListener<T>(terminal: Terminal, work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await withDatabase(terminal, work);
  } catch (error) {
    if (error instanceof ListenerRefused) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
