import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ActionName } from '#platform/dead-letters';
import type { ActOptions } from './dead-letters-act.js';
import { lazily } from './lazily.js';
import type { Terminal } from './terminal.js';

const listDeadLetters = lazily(async () => (await import('./dead-letters-list.js')).listDeadLetters);
const listGroups = lazily(async () => (await import('./dead-letters-groups.js')).listGroups);
const showDeadLetter = lazily(async () => (await import('./dead-letters-show.js')).showDeadLetter);
const act = lazily(async () => (await import('./dead-letters-act.js')).act);

const ABOUT = `
A dead letter is a delivery (one event for one listener) that gave up: the business refused it, its code has a bug, or its
retries are used up. It is kept with its attempts, and a listener that keeps order waits behind it.

What can be done with one, or with all of one cause (--group):
  replay   deliver it once more; what it has done already can't be done twice, since nothing of a failed attempt remains
  discard  give it up for good; restore takes that back
  resolve  note that somebody has done by hand what it should have done
Each is kept with who, when and why (AUDIT_KEEP_DAYS): see \`show\`.

A job in our queues that is no wake-up of ours (damaged, somebody else's) is there as a stray job, of the listener "transport". Nothing
waits for it, so it can't be replayed: discard or resolve it. Those alike are one, with how many have come.

Examples:
  $ npx banyan dead-letters groups
  $ npx banyan dead-letters show stock.reserve 4711
  $ npx banyan dead-letters replay --group 3fa81c2b9d0e --limit 1     a canary first, and then the rest
  $ npx banyan dead-letters show transport 17
  $ npx banyan dead-letters discard stock.reserve 4711 --reason "the customer has cancelled"`;

/** Adds \`banyan dead-letters\` and what can be done with them. */
export function deadLetters(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  const group = program
    .command('dead-letters')
    .description('what gave up: deliveries, and jobs in our queues that are no wake-ups')
    .addHelpText('after', ABOUT);
  group
    .command('list')
    .description('lists what gave up, the latest first, and how much per listener')
    .option('--listener <name>', 'only of this listener, such as stock.reserve, or transport')
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .option('--json', 'as JSON: { total, listeners, dead, strays, waiting, unheard }')
    .action(async (options) => ended(await listDeadLetters(terminal, options)));
  group
    .command('groups')
    .description('what gave up by its cause: error, message, place in the code, root; the most first')
    .option('--listener <name>', 'only of this listener')
    .option('--json', 'as JSON: { groups }')
    .action(async (options) => ended(await listGroups(terminal, options)));
  group
    .command('show')
    .description(
      'one delivery (or stray job): its event, every attempt with stack, app and trace, and what was done with it',
    )
    .argument('<listener>')
    .argument('<event id>', '', eventId)
    .option('--json', 'as JSON')
    .action(async (listener, id, options) => ended(await showDeadLetter(terminal, listener, id, options)));

  const add = (action: ActionName, description: string, why: Option) =>
    group
      .command(action)
      .description(description)
      .argument('[listener]')
      .argument('[event id]', '', eventId)
      .option('--group <group>', 'all of one cause instead, those that gave up first at the front', groupName)
      .option('--limit <n>', 'at most so many of the group', wholeNumber)
      .addOption(why)
      .option('--who <name>', 'who does it (default: the user)', said)
      .option('--json', 'as JSON: { action, wanted, acted, outOfOrder }')
      .action(
        async (
          listener,
          id,
          { reason, evidence, ...options }: ActOptions & { reason?: string; evidence?: string },
        ) =>
          ended(
            await act(terminal, action, { listener, eventId: id }, { ...options, why: reason ?? evidence }),
          ),
      );
  add('replay', 'delivers once more what gave up', text('--reason <text>', 'kept with it'));
  add(
    'discard',
    'gives up for good, with a reason',
    text('--reason <text>', 'why it is not needed').makeOptionMandatory(),
  );
  add(
    'resolve',
    'notes that it was done by hand, with evidence',
    text('--evidence <text>', 'what was done, and where that can be seen').makeOptionMandatory(),
  );
  add(
    'restore',
    'takes a discard or a resolve back',
    text('--reason <text>', 'why').makeOptionMandatory(),
  ).option('--out-of-order', 'also where later events of the key have been done meanwhile');
}

function text(flags: string, description: string): Option {
  return new Option(flags, description).argParser(said);
}

/** What is kept as an audit must say something. */
function said(words: string): string {
  if (words.trim() === '') throw new InvalidArgumentError('It must say something.');
  return words.trim();
}

/** @returns the id of an event as it was given */
export function eventId(words: string): string {
  if (!/^[1-9]\d{0,17}$/.test(words)) throw new InvalidArgumentError('The id of an event is a whole number.');
  return words;
}

function groupName(words: string): string {
  if (!/^[0-9a-f]{12}$/.test(words))
    throw new InvalidArgumentError('A group has 12 hex digits; see `banyan dead-letters groups`.');
  return words;
}

/** @returns a count from 1 to 999999 */
export function wholeNumber(words: string): number {
  if (!/^[1-9]\d{0,5}$/.test(words))
    throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
  return Number(words);
}
