import pc from 'picocolors';
import type { Effect } from '#platform/conservation';
import { type Attempt, type DeliveryStory, showDelivery, TRANSPORT } from '#platform/dead-letters';
import { withDatabase } from './database.js';
import { showStrayJob } from './dead-letters-strays.js';
import { inert, inertJson } from './inert.js';
import { counted, moment } from './layout.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan dead-letters show`: one delivery with its event, every attempt, and what was done with it; or one stray job. */
export async function showDeadLetter(
  terminal: Terminal,
  listener: string,
  eventId: string,
  options: { json?: boolean },
): Promise<number> {
  if (listener === TRANSPORT) return showStrayJob(terminal, eventId, options);
  const story = await withDatabase(terminal, (client) => showDelivery(client, listener, eventId));
  if (!story) {
    throw new CommandError(
      `There is no delivery of event ${eventId} for ${listener}: see \`banyan events show ${eventId}\` for those that there are.`,
    );
  }
  terminal.out(options.json ? `${inertJson(story)}\n` : `${report(story).join('\n')}\n`);
  return EXIT.fine;
}

function report(story: DeliveryStory): string[] {
  const { event } = story;
  const state = story.state === 'dead' ? pc.red(story.state) : pc.bold(story.state);
  const settled = story.settledAt === null ? `due ${moment(story.dueAt)}` : moment(story.settledAt);
  const lines = [
    `${pc.bold(inert(story.listener))} ${story.eventId}`,
    field('state', `${state} ${pc.dim(settled)}${story.reason === null ? '' : ` ${inert(story.reason)}`}`),
  ];
  if (story.cause)
    lines.push(field('group', `${story.cause.group} ${pc.dim(inert(story.cause.frame ?? ''))}`));
  if (story.waiting > 0)
    lines.push(
      field('holds up', pc.yellow(counted(story.waiting, 'delivery of its key', 'deliveries of its key'))),
    );
  if (story.waitsBehind !== null)
    lines.push(field('waits', pc.yellow(`behind event ${story.waitsBehind} of its key`)));
  if (story.waitsFor !== null)
    lines.push(field('waits', pc.yellow(`for code that knows ${inert(story.waitsFor)}`)));
  if (story.effect) lines.push(field('effect', calls(story.effect)));
  lines.push(...(event === null ? [pc.red('Its event is gone.')] : about(event)));
  lines.push('', ...story.attempts.flatMap(attempt));
  if (story.attempts.length === 0) lines.push(pc.dim('No failed attempt was recorded.'));
  lines.push(
    ...story.actions.map(
      ({ at, who, action, why, after }) =>
        `${moment(at)} ${pc.bold(inert(who))} did a ${action}, so it is ${after}${why === null ? '' : `: ${inert(why)}`}`,
    ),
  );
  return lines;
}

function calls({ outcome, calls, key, lastAt, app, instance }: Effect): string {
  const known = outcome === 'unknown' ? pc.yellow(outcome) : outcome;
  const where = pc.dim(`the last ${moment(lastAt)} in ${inert(app)} ${inert(instance)}`);
  return `${known} after ${counted(calls, 'call', 'calls')} under the key ${key} ${where}`;
}

function about(event: NonNullable<DeliveryStory['event']>): string[] {
  const lines = [
    field(
      'event',
      `${inert(event.type)} version ${event.version}, published by ${inert(event.module)} ${pc.dim(moment(event.occurredAt))}`,
    ),
  ];
  if (event.key !== null) lines.push(field('key', inert(event.key)));
  if (event.traceId !== null) lines.push(field('trace', event.traceId));
  if (event.causation !== null)
    lines.push(field('caused by', `event ${event.causation}, ${event.hops} deliveries after the request`));
  lines.push(
    field(
      'payload',
      inertJson(event.payload)
        .split('\n')
        .join(`\n${' '.repeat(11)}`),
    ),
  );
  return lines;
}

function attempt(each: Attempt): string[] {
  const where = `${inert(each.app)} ${inert(each.instance)}`;
  const head = `${pc.bold(`attempt ${each.attempt}`)} ${moment(each.at)} in ${where} ${pc.dim(inert(each.traceparent))}`;
  const text = each.stack ?? `${each.errorClass}: ${each.message}`;
  const stack = text.split('\n').map((line) => `    ${inert(line.trimEnd())}`);
  return [`${head}\n  ${pc.red(each.kind)}`, ...stack, ''];
}

function field(name: string, value: string): string {
  return `${pc.dim(name.padEnd(10))} ${value}`;
}
