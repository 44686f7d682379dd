import pc from 'picocolors';
import { type Erasure, ErasureRefused, erase, previewErasure, subjectOf } from '#platform/erasure';
import { withDatabase, withStoreBeside } from './database.js';
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
    const progress = (line: string) => !json && terminal.err(`${line}\n`);
    const done = await withDatabase(terminal, (client) =>
      withStoreBeside(terminal, client, (store) =>
        preview
          ? previewErasure(client, subject, { store, progress })
          : erase(client, subject, { who, why, alsoUndelivered }, { store, progress }),
      ),
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
  const { attempts, reasons, actions, atOthers, kept } = done;
  const around = [attempts, reasons, actions, ...Object.values(atOthers), ...Object.values(kept ?? {})];
  if (total + around.reduce((sum, count) => sum + count, 0) === 0)
    return `Nothing is left to erase of ${inert(subject)}.\n`;
  const where = `${counted(total, 'event', 'events')}${total === 0 ? '' : `: ${named}`}`;
  const lines = preview
    ? [`${inert(subject)} would be erased from ${where}.`]
    : [pc.green(`${inert(subject)} is erased from ${where}.`), `Dropped: ${texts(done)}.`];
  lines.push(
    `At events of others: ${texts(atOthers)}.`,
    kept
      ? `Kept telemetry: ${counted(kept.lines, 'line', 'lines')}, ${counted(kept.spans, 'span', 'spans')}.`
      : 'No lines and spans are kept.',
    pc.dim(limits(done)),
  );
  if (done.undeliveredCount > 0) lines.push(pc.yellow(undelivered(done)));
  return `${lines.join('\n')}\n`;
}

function texts({ attempts, reasons, actions }: Pick<Erasure, 'attempts' | 'reasons' | 'actions'>): string {
  return (
    `${counted(attempts, "attempt's message", "attempts' messages")}, ${counted(reasons, 'reason', 'reasons')}, ` +
    counted(actions, "action's text", "actions' texts")
  );
}

/** What it can't do, for who has to see to it. */
function limits({ looked: { inTraces, everywhere, tooMany } }: Erasure): string {
  const said = [
    `Of what these events said, ${counted(everywhere, 'value was', 'values were')} looked for everywhere` +
      `${inTraces > 0 ? `, and ${inTraces}, by which others are meant too, in the traces of these events alone` : ''}.`,
  ];
  if (tooMany > 0) said.push(`${tooMany} more were too many to look for.`);
  return `${said.join(' ')} Not reached: standard output and files, a collector of your own (OTLP), stray jobs, backups, and the modules' own tables.`;
}

function undelivered({ undelivered: some, undeliveredCount }: Erasure): string {
  const named = some
    .map(({ listener, eventId, state }) => `${inert(listener)} ${eventId} (${state})`)
    .join(', ');
  const more = undeliveredCount > some.length ? ', ...' : '';
  return `${counted(undeliveredCount, 'delivery was', 'deliveries were')} not done with it yet: ${named}${more}`;
}
