import pc from 'picocolors';
import { type Erasure, ErasureRefused, erase, previewErasure, subjectOf } from '#platform/erasure';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted } from './layout.js';
import { operator } from './operator.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

interface EraseOptions {
  readonly subject: string;
  readonly why?: string;
  readonly who?: string;
  readonly preview?: boolean;
  readonly alsoUndelivered?: boolean;
  readonly json?: boolean;
}

/** `banyan events erase`: blanks what events say about somebody. */
export async function eraseFromEvents(terminal: Terminal, options: EraseOptions): Promise<number> {
  const { subject: text, preview = false, alsoUndelivered, json } = options;
  try {
    const subject = subjectOf(text);
    const who = options.who ?? operator();
    const why = options.why ?? '';
    const done = await withDatabase(terminal, (client) =>
      preview ? previewErasure(client, subject) : erase(client, subject, { who, why, alsoUndelivered }),
    );
    const facts = { subject: text, preview, ...done };
    terminal.out(json ? `${inertJson(facts)}\n` : report(text, preview, done));
    const open = done.undeliveredCount > 0 && !alsoUndelivered;
    return open ? EXIT.found : EXIT.fine;
  } catch (error) {
    if (error instanceof ErasureRefused) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function report(subject: string, preview: boolean, done: Erasure): string {
  const types = Object.entries(done.events);
  const total = types.reduce((sum, [, count]) => sum + count, 0);
  const named = types.map(([type, count]) => `${inert(type)} (${count})`).join(', ');
  const { attempts, reasons, actions } = done;
  const texts = attempts + reasons + actions;
  if (total + texts === 0) return `Nothing is left to erase of ${inert(subject)}.\n`;
  const where = `${counted(total, 'event', 'events')}${total === 0 ? '' : `: ${named}`}`;
  const lines = preview
    ? [`${inert(subject)} would be erased from ${where}.`]
    : [
        pc.green(`${inert(subject)} is erased from ${where}.`),
        `Dropped: ${counted(attempts, "attempt's message", "attempts' messages")}, ${counted(reasons, 'reason', 'reasons')}, ` +
          `${counted(actions, "action's text", "actions' texts")}.`,
      ];
  if (done.undeliveredCount > 0) lines.push(pc.yellow(undelivered(done)));
  return `${lines.join('\n')}\n`;
}

function undelivered({ undelivered: some, undeliveredCount }: Erasure): string {
  const named = some
    .map(({ listener, eventId, state }) => `${inert(listener)} ${eventId} (${state})`)
    .join(', ');
  const more = undeliveredCount > some.length ? ', ...' : '';
  return `${counted(undeliveredCount, 'delivery was', 'deliveries were')} not done with it yet: ${named}${more}`;
}
