import type { Client } from 'pg';
import pc from 'picocolors';
import {
  type Acted,
  type ActionName,
  type Actor,
  listStrays,
  type StrayJob,
  type StrayStory,
  settleStray,
  showStray,
  TRANSPORT,
} from '#platform/dead-letters';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { moment } from './layout.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan dead-letters show transport <id>`: what stood in one of our queues and was no wake-up. */
export async function showStrayJob(
  terminal: Terminal,
  id: string,
  options: { json?: boolean },
): Promise<number> {
  const story = await withDatabase(terminal, (client) => existing(client, id));
  terminal.out(options.json ? `${inertJson(story)}\n` : `${report(story).join('\n')}\n`);
  return EXIT.fine;
}

/** The stray job that a group is, if it is one. */
export async function strayOfGroup(client: Client, group: string): Promise<StrayJob | undefined> {
  return (await listStrays(client)).find((stray) => stray.group === group);
}

/**
 * Discards a stray job, or resolves it by hand.
 *
 * @throws CommandError when it can't be done, or somebody has decided about it already
 */
export async function settleStrayJob(
  client: Client,
  action: ActionName,
  id: string,
  actor: Actor,
): Promise<Acted> {
  const story = await existing(client, id);
  if (action === 'replay')
    throw new CommandError(
      `${TRANSPORT} ${id} can't be replayed: there is no delivery in it, and none waits for it, since what a wake-up is about is found without it. ` +
        'Find out who put it into our queue, then discard it with a reason, or resolve it with evidence.',
    );
  if (action === 'restore')
    throw new CommandError(
      `${TRANSPORT} ${id} can't be restored, and needs it not: when its like comes again, it is recorded anew.`,
    );
  const after = action === 'discard' ? 'discarded' : 'resolved';
  if (!(await settleStray(client, id, action, actor)))
    throw new CommandError(
      `${TRANSPORT} ${id} is ${story.settled?.as ?? 'settled'} already: nothing was changed.`,
    );
  return { listener: TRANSPORT, eventId: id, before: 'dead', after, waitsBehind: null };
}

/** `once`, `300 times`. */
export function timesOf({ times }: Pick<StrayJob, 'times'>): string {
  return times === 1 ? 'once' : `${times} times`;
}

async function existing(client: Client, id: string): Promise<StrayStory> {
  const story = await showStray(client, id);
  if (story) return story;
  throw new CommandError(
    `There is no stray job ${id}: see \`banyan dead-letters list --listener ${TRANSPORT}\`.`,
  );
}

function report(story: StrayStory): string[] {
  const { settled, name, jobId } = story;
  const lines = [
    `${pc.bold(TRANSPORT)} ${story.id}`,
    field('state', settled === null ? pc.red('dead') : pc.bold(settled.as)),
    field('group', story.group),
    field('queue', inert(story.queue)),
    field('why', `${pc.red(story.reason)}: ${inert(story.explanation)}`),
    field('came', `${timesOf(story)}, first ${moment(story.firstAt)}, last ${moment(story.lastAt)}`),
    '',
    pc.dim('The latest of them, with secrets hidden:'),
    field('found by', `${inert(story.app)} ${inert(story.instance)}`),
    field('job', `${inert(jobId)}${name === '' ? '' : ` named ${inert(name)}`}`),
    field('data', inert(story.content)),
    field('options', inert(story.options)),
  ];
  if (settled)
    lines.push(
      '',
      `${moment(settled.at)} ${pc.bold(inert(settled.who))} did it, so it is ${settled.as}: ${inert(settled.why)}`,
    );
  return lines;
}

function field(name: string, value: string): string {
  return `${pc.dim(name.padEnd(10))} ${value}`;
}
