import pc from 'picocolors';
import { type DeliveryState, type EventInContext, type EventStory, eventStory } from '#platform/conservation';
import { type Whereabouts, whereabouts } from '#platform/retention';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { moment } from './layout.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan events show`: an event, its deliveries, and what they caused. */
export async function showEvent(
  terminal: Terminal,
  id: string,
  options: { json?: boolean },
): Promise<number> {
  const story = await withDatabase(
    terminal,
    async (client) => (await eventStory(client, id)) ?? whyGone(id, await whereabouts(client, id)),
  );
  terminal.out(options.json ? `${inertJson(story)}\n` : `${report(story).join('\n')}\n`);
  return EXIT.fine;
}

function whyGone(id: string, place: Whereabouts): never {
  const why = {
    never: 'no event has had that number yet',
    kept: 'its number was left out, or its transaction rolled back',
    dropped: 'it was past its time and was dropped with its slice: see `banyan events retention`',
  };
  throw new CommandError(`There is no event ${id}: ${why[place]}.`);
}

function report(story: EventInContext): string[] {
  const lines = [`${pc.dim('trace     ')} ${story.traceId ?? 'not valid'}`];
  if (story.tenant !== null) lines.push(`${pc.dim('tenant    ')} ${inert(story.tenant)}`);
  if (story.causation !== null)
    lines.push(
      `${pc.dim('caused by ')} event ${story.causation}, in the conversation that event ${story.conversation} began`,
    );
  lines.push(
    `${pc.dim('payload   ')} ${inertJson(story.payload)
      .split('\n')
      .join(`\n${' '.repeat(11)}`)}`,
    '',
  );
  return [...lines, ...chain(story, '')];
}

/** The event, below it its deliveries, below those the events that they published. */
function chain(story: EventStory, indent: string): string[] {
  const key = story.key === null ? '' : ` key ${inert(story.key)}`;
  const head = `${indent}${pc.bold(inert(story.type))} ${story.id} ${pc.dim(`by ${inert(story.module)} ${moment(story.occurredAt)}${key}`)}`;
  const deliveries = story.deliveries.map((each) => `${indent}  ${delivery(each)}`);
  return [head, ...deliveries, ...story.caused.flatMap((caused) => chain(caused, `${indent}    `))];
}

function delivery({ listener, state, attempts, reason, settledAt }: DeliveryState): string {
  const paint = state === 'dead' ? pc.red : state === 'pending' ? pc.yellow : pc.green;
  const failed = attempts === 0 ? '' : ` after ${attempts} failed`;
  const why = reason === null ? '' : `: ${inert(reason)}`;
  return `${paint(state)} ${inert(listener)}${failed} ${pc.dim(moment(settledAt))}${why}`;
}
