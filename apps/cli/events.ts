import type { Command } from 'commander';
import { eventId } from './dead-letters.js';
import { lazily } from './lazily.js';
import type { Terminal } from './terminal.js';

const showConservation = lazily(async () => (await import('./events-conservation.js')).showConservation);
const showRetention = lazily(async () => (await import('./events-retention.js')).showRetention);
const eraseFromEvents = lazily(async () => (await import('./events-erase.js')).eraseFromEvents);
const showEvent = lazily(async () => (await import('./events-show.js')).showEvent);

const ABOUT = `
Every event ends, for each of its listeners, in exactly one state:
published = done + skipped + pending + dead + resolved + discarded.

Examples:
  $ npx banyan events conservation            does it add up? Exit code 1 and the ids where it does not
  $ npx banyan events conservation --after 4711
  $ npx banyan events retention               what is kept, and what goes next; exit code 1 when something is held
  $ npx banyan events erase --subject customer:7 --preview
  $ npx banyan events erase --subject customer:7 --why "their request of 3 May"
  $ npx banyan events show 4711               what became of it, and what it caused`;

/** Adds \`banyan events\`: where every event went. */
export function events(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  const group = program
    .command('events')
    .description('what was published, and what became of it')
    .addHelpText('after', ABOUT);
  group
    .command('conservation')
    .description('holds what was published against what became of it, per event type and listener')
    .option('--after <event id>', 'only events behind this one', eventId)
    .option('--json', 'as JSON: { balances, unheard, gaps, appsRun }')
    .action(async (options) => ended(await showConservation(terminal, options)));
  group
    .command('retention')
    .description('which events are kept, how much they take, what goes next, and what holds the rest')
    .option('--json', 'as JSON: { limits, bytes, slices }')
    .action(async (options) => ended(await showRetention(terminal, options)));
  group
    .command('erase')
    .description(
      'blanks what events, failed attempts, kept lines and spans say about a person, as the events declare it; kept with who and why',
    )
    .requiredOption('--subject <kind:id>', 'whom: customer:4711')
    .option('--why <text>', 'why: needed, but for a preview')
    .option('--who <name>', 'who does it (default: who runs the command)')
    .option('--preview', 'only says what would be erased')
    .option('--also-undelivered', 'erases also what pending and dead deliveries still have to hear')
    .option(
      '--json',
      'as JSON: { subject, preview, events, undelivered, undeliveredCount, attempts, reasons, actions, atOthers, kept, looked }',
    )
    .action(async (options) => ended(await eraseFromEvents(terminal, options)));
  group
    .command('show')
    .description('an event, its deliveries, and the events that they published in turn')
    .argument('<event id>', '', eventId)
    .option('--json', 'as JSON')
    .action(async (id, options) => ended(await showEvent(terminal, id, options)));
}
