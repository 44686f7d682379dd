import { type Command, InvalidArgumentError } from 'commander';
import { durationOf, LEVEL_VALUES, momentOf, traceIdOf } from '#platform/questions';
import { wholeNumber } from './dead-letters.js';
import { lazily } from './lazily.js';
import type { Terminal } from './terminal.js';

const showLogs = lazily(async () => (await import('./logs-show.js')).showLogs);
const logsLevel = lazily(async () => (await import('./logs-level.js')).logsLevel);
const takeInLines = lazily(async () => (await import('./logs-intake.js')).takeInLines);
const showConvergence = lazily(async () => (await import('./logs-convergence.js')).showConvergence);

const LOGS = `
Examples:
  $ npx banyan logs                                           the last hour's, the latest 200
  $ npx banyan logs --module payment --level warn --since 2h
  $ npx banyan logs --text "order 4711" --json | jq .message
  $ npx banyan logs --follow --level error
  $ npx banyan logs level payment debug --for 10m             writes more of them for a while`;

const LEVEL = `
A level is trace, debug, info, warn, error, fatal or silent; usual takes back what was wanted before. A module is one that runs,
or all. What is wanted holds in every process within two seconds, and after a restart too, until it ends.

Examples:
  $ npx banyan logs level                                     what is wanted now
  $ npx banyan logs level payment debug --for 10m             for ten minutes
  $ npx banyan logs level all warn --why "the disk is full"
  $ npx banyan logs level payment usual                       as LOG_LEVEL says`;

/** Adds \`banyan logs\` and what can be done with lines. */
export function logs(program: Command, terminal: Terminal, ended: (code: number) => void): void {
  const group = program
    .command('logs')
    .enablePositionalOptions() // what stands behind a subcommand belongs to it: both have --app and --json
    .description('the lines of all apps: by trace, module, level, text and time')
    .option('--trace <id>', 'only of this trace', traceId)
    .option('--module <name>', 'only of this module')
    .option('--app <name>', 'only of this app')
    .option('--level <level>', 'this level and above: trace, debug, info, warn, error, fatal', level)
    .option('--text <words>', 'only with this in them, in whatever case')
    .option('--since <time>', 'a time ago (10m, 2h) or a moment (2026-11-26T08:00:00Z); default: 1h', moment)
    .option('--until <time>', 'the same', moment)
    .option('--limit <n>', 'the latest so many', wholeNumber, 200)
    .option('--follow', 'goes on with what comes')
    .option('--json', 'as JSON, a line each')
    .addHelpText('after', LOGS)
    .action(async (options) => ended(await showLogs(terminal, options)));
  addIntake(group, terminal, ended);
  group
    .command('level')
    .description('which lines are written, per module, changed while everything runs')
    .argument('[module]')
    .argument('[level]')
    .option('--for <time>', 'for how long: 30s, 10m, 2h (default: until somebody changes it)', duration)
    .option('--why <reason>', 'kept with it')
    .option('--who <name>', 'who wants it (default: the user)')
    .option('--json', 'as JSON: { wanted }')
    .addHelpText('after', LEVEL)
    .action(async (module, level, options) => ended(await logsLevel(terminal, module, level, options)));
}

const INTAKE = `
Understood are JSON as pino, winston and bunyan write it, logfmt, the access logs of Apache and nginx, syslog, and plain text with a time and a level;
stacks join the line above them. A line that names a traceparent, a trace id or a request id joins that trace. Secrets are hidden as
in every line. Nothing is lost while the store is away: nothing more is read then. A file that is followed may rotate; a second run begins
it again.

Examples:
  $ npx banyan logs intake --file /var/log/backoffice.log --follow --app legacy --team backoffice
  $ node legacy.js 2>&1 | npx banyan logs intake --app legacy --team backoffice`;

const CONVERGENCE = `
Of the fields that a line should tell (time, level, app, instance, module, operation, trace, span, message), how many did the lines of each app, module
and team tell by themselves? What was taken in is judged by what its application has written, not by what it was made into.

Examples:
  $ npx banyan logs convergence
  $ npx banyan logs convergence --teams teams.json     { "payment": "money", "legacy": "backoffice" }`;

function addIntake(group: Command, terminal: Terminal, ended: (code: number) => void): void {
  group
    .command('intake')
    .description('takes in lines of an application that knows nothing of us, and gives them the one shape')
    .requiredOption('--app <name>', 'what the application is called')
    .requiredOption('--team <name>', 'whose it is')
    .option('--file <path>', 'a file (default: standard input)')
    .option('--follow', 'goes on with what comes, across rotation; Ctrl-C ends it')
    .addHelpText('after', INTAKE)
    .action(async (options) => ended(await takeInLines(terminal, options)));
  group
    .command('convergence')
    .description('how far the lines of each app and team are from the common shape')
    .option('--since <time>', 'how far back: 30s, 10m, 2h, 3d', duration, 3_600_000)
    .option('--teams <file>', 'JSON: the team of each module or app')
    .option('--json', 'as JSON')
    .addHelpText('after', CONVERGENCE)
    .action(async (options) => ended(await showConvergence(terminal, options)));
}

/** @returns milliseconds of `30s`, `10m`, `2h`, `3d` */
export function duration(words: string): number {
  return understood(durationOf(words), 'It must be a time such as 30s, 10m, 2h or 3d.');
}

/** @returns 32 hex digits of a trace id, a UUID or a `traceparent` */
export function traceId(words: string): string {
  return understood(traceIdOf(words), 'A trace has 32 hex digits; it stands in x-trace-id.');
}

function level(words: string): number {
  return understood(LEVEL_VALUES[words], `Say ${Object.keys(LEVEL_VALUES).join(', ')}.`);
}

function moment(words: string): Date {
  return understood(momentOf(words), 'It must be a time ago (10m, 2h) or a moment.');
}

function understood<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new InvalidArgumentError(otherwise);
  return value;
}
