import type { Client } from 'pg';
import pc from 'picocolors';
import {
  type Acted,
  type ActionName,
  discard,
  membersOf,
  type OutOfOrder,
  replay,
  resolve,
  restore,
  settledOf,
  showDelivery,
  type Target,
  TRANSPORT,
} from '#platform/dead-letters';
import { whereabouts } from '#platform/retention';
import { withDatabase } from './database.js';
import { settleStrayJob, strayOfGroup } from './dead-letters-strays.js';
import { inert, inertJson } from './inert.js';
import { counted } from './layout.js';
import { operator } from './operator.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** What a command that acts was told. */
export interface ActOptions {
  readonly group?: string;
  readonly limit?: number;
  readonly who?: string;
  /** The reason or the evidence, under whichever name the command has it. */
  readonly why?: string;
  readonly outOfOrder?: boolean;
  readonly json?: boolean;
}

const DONE: Record<ActionName, string> = {
  replay: 'pending again: it is delivered within a second where its app runs',
  discard: 'discarded',
  resolve: 'resolved',
  restore: 'as it was before',
};

/** `banyan dead-letters replay | discard | resolve | restore`: acts on one delivery or on a group. */
export async function act(
  terminal: Terminal,
  action: ActionName,
  one: { listener?: string; eventId?: string },
  options: ActOptions,
): Promise<number> {
  const only = oneTarget(one, options);
  const { wanted, acted, outOfOrder } = await withDatabase(terminal, async (client) => {
    const actor = { who: options.who ?? operator(), why: options.why, group: options.group };
    const stray = await strayOf(client, only, options);
    if (stray !== undefined)
      return { wanted: 1, acted: [await settleStrayJob(client, action, stray, actor)], outOfOrder: [] };
    const targets = only ? [only] : await targetsOf(client, action, options);
    const done = await actions[action](client, targets, actor, options);
    if (only && done.acted.length + done.outOfOrder.length === 0) throw await refusal(client, action, only);
    return { wanted: targets.length, ...done };
  });
  if (options.json) terminal.out(`${inertJson({ action, wanted, acted, outOfOrder })}\n`);
  else terminal.out(report(action, wanted, acted, outOfOrder));
  return acted.length === wanted ? EXIT.fine : EXIT.found;
}

type Act = (
  client: Client,
  targets: readonly Target[],
  actor: { who: string; why?: string; group?: string },
  options: ActOptions,
) => Promise<{ acted: readonly Acted[]; outOfOrder: readonly OutOfOrder[] }>;

const plain =
  (work: typeof replay): Act =>
  async (client, targets, actor) => ({ acted: await work(client, targets, actor), outOfOrder: [] });

const actions: Record<ActionName, Act> = {
  replay: plain(replay),
  discard: plain(discard),
  resolve: plain(resolve),
  restore: (client, targets, actor, options) => restore(client, targets, actor, options),
};

function oneTarget(
  { listener, eventId }: { listener?: string; eventId?: string },
  options: ActOptions,
): Target | undefined {
  if (options.group !== undefined && listener !== undefined)
    throw new CommandError('Say which: a listener and an event id, or --group, not both.');
  if (options.group !== undefined) return undefined;
  if (listener === undefined || eventId === undefined)
    throw new CommandError(
      'Say which: a listener and an event id, or --group <group> (see `banyan dead-letters groups`).',
    );
  return { listener, eventId };
}

/** Id of the stray job that is meant, by itself or as a group; undefined when deliveries are. */
async function strayOf(
  client: Client,
  only: Target | undefined,
  { group }: ActOptions,
): Promise<string | undefined> {
  if (only) return only.listener === TRANSPORT ? only.eventId : undefined;
  return group === undefined ? undefined : (await strayOfGroup(client, group))?.id;
}

async function targetsOf(
  client: Client,
  action: ActionName,
  { group = '', limit }: ActOptions,
): Promise<readonly Target[]> {
  const members = action === 'restore' ? await settledOf(client, group) : await membersOf(client, group);
  if (members.length > 0) return members.slice(0, limit);
  const cure =
    action === 'restore'
      ? 'nothing that was discarded or resolved as this group is left'
      : 'see `banyan dead-letters groups`';
  throw new CommandError(`Nothing to ${action} in group ${inert(group)}: ${cure}.`);
}

/** Why an action on one delivery changed nothing. */
async function refusal(
  client: Client,
  action: ActionName,
  { listener, eventId }: Target,
): Promise<CommandError> {
  const story = await showDelivery(client, listener, eventId);
  if (!story && (await whereabouts(client, eventId)) === 'dropped')
    return new CommandError(
      `Event ${eventId} was past its time and was dropped with its deliveries, so it can't be ${PAST[action]}: see \`banyan events retention\`.`,
    );
  if (!story)
    return new CommandError(
      `There is no delivery of event ${eventId} for ${listener}: see \`banyan events show ${eventId}\`.`,
    );
  const from = action === 'restore' ? 'discarded or resolved' : 'dead';
  return new CommandError(
    `${listener} ${eventId} is ${story.state}, and only what is ${from} can be ${PAST[action]}: nothing was changed.`,
  );
}

const PAST: Record<ActionName, string> = {
  replay: 'replayed',
  discard: 'discarded',
  resolve: 'resolved',
  restore: 'restored',
};

function report(
  action: ActionName,
  wanted: number,
  acted: readonly Acted[],
  outOfOrder: readonly OutOfOrder[],
): string {
  const strays = acted.some(({ listener }) => listener === TRANSPORT);
  const [one, many] = strays ? ['stray job is', 'stray jobs are'] : ['delivery is', 'deliveries are'];
  const lines = [`${pc.green(counted(acted.length, one, many))} ${DONE[action]}.`];
  const behind = acted.filter(({ waitsBehind }) => waitsBehind !== null);
  if (behind.length > 0) {
    const [first] = behind as [Acted];
    lines.push(
      pc.yellow(
        `${counted(behind.length, 'waits', 'wait')} behind a dead letter of the same key, such as ${inert(first.listener)} ${first.waitsBehind}: act on that too.`,
      ),
    );
  }
  if (outOfOrder.length > 0) {
    const [first] = outOfOrder as [OutOfOrder];
    const which = `${inert(first.listener)} ${first.eventId}, behind which ${first.doneSince} is done`;
    const stay = counted(outOfOrder.length, 'stays as it was', 'stay as they were');
    const why = 'later events of the same key have been done';
    lines.push(pc.yellow(`${stay}: ${why}, such as ${which}. --out-of-order restores all the same.`));
  }
  const changed = wanted - acted.length - outOfOrder.length;
  if (changed > 0)
    lines.push(
      pc.yellow(`${counted(changed, 'was', 'were')} changed by somebody else meanwhile, and left alone.`),
    );
  return `${lines.join('\n')}\n`;
}

/** Who runs the command; in a container its user may have no name. */
