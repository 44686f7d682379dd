import type { Command } from 'commander';
import { wholeNumber } from './dead-letters.js';
import { lazily } from './lazily.js';
import { duration, traceId } from './logs.js';
import type { Terminal } from './terminal.js';

const showTrace = lazily(async () => (await import('./trace.js')).showTrace);
const showCalls = lazily(async () => (await import('./calls.js')).showCalls);
const showMap = lazily(async () => (await import('./map.js')).showMap);
const showSlow = lazily(async () => (await import('./slow.js')).showSlow);
const showBehaviors = lazily(async () => (await import('./behaviors.js')).showBehaviors);

const HOUR_MS = 3_600_000;

const TRACE = `
The id stands in the answer's x-trace-id, in every line, and in \`dead-letters show\`. For each hop: when it began, how long it took, what
ran, in which module of which app; the lines that were written in it stand in their place.

Examples:
  $ npx banyan trace 4bf92f3577b34da6a3ce929d0e0e4736
  $ npx banyan trace 4bf92f3577b34da6a3ce929d0e0e4736 --no-lines`;

const MAP = `
Observed is what has happened; declared is what modules import of each other: run it in the root of the repository.
Exit code 1: something was observed that nobody declares.

Examples:
  $ npx banyan map
  $ npx banyan map --format mermaid > map.mmd
  $ npx banyan map --format dot | dot -Tsvg > map.svg`;

const SLOW = `
A conversation is all that one entry has caused, however much later it ran: its time includes what waited in queues.

Examples:
  $ npx banyan slow
  $ npx banyan slow --entry "POST /cart/:customerId/checkout" --limit 3`;

const BEHAVIORS = `
A behavior is a shape of the chain of hops below an entry point; how often a hop repeats does not matter. A new one after a
deployment is a change that somebody should have meant.

Examples:
  $ npx banyan behaviors --entry "POST /cart/:customerId/checkout"
  $ npx banyan behaviors --new`;

/** Adds the questions that kept lines and spans answer. */
export function questions(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  const question = (command: string, description: string, help: string) =>
    program
      .command(command)
      .description(description)
      .option('--since <time>', 'how far back: 30s, 10m, 2h, 3d', duration, HOUR_MS)
      .option('--json', 'as JSON')
      .addHelpText('after', help);
  program
    .command('trace')
    .description('what happened in one trace, through every hop')
    .argument('<trace>', 'its id, or a traceparent', traceId)
    .option('--no-lines', 'hops only')
    .option('--json', 'as JSON')
    .addHelpText('after', TRACE)
    .action(async (trace, options) => ended(await showTrace(terminal, trace, options)));
  question(
    'calls',
    'who asks whom: rate, errors, p50, p95, p99, against the time and the version before',
    '',
  ).action(async (options) => ended(await showCalls(terminal, options)));
  question('map', 'who uses whom, as observed against what is declared', MAP)
    .option('--format <format>', 'table, mermaid or dot', 'table')
    .action(async (options) => ended(await showMap(terminal, options)));
  question('slow', 'the slowest conversations, and where their time went', SLOW)
    .option('--entry <operation>', 'only of this entry point')
    .option('--limit <n>', 'so many', wholeNumber, 5)
    .action(async (options) => ended(await showSlow(terminal, options)));
  question(
    'behaviors',
    'in which ways conversations run, and which are new since the version before',
    BEHAVIORS,
  )
    .option('--entry <operation>', 'only of this entry point')
    .option('--new', 'only new ones')
    .action(async (options) => ended(await showBehaviors(terminal, options)));
}
