import { type Command, InvalidArgumentError } from 'commander';
import { logsLevel } from './logs-level.js';
import type { Terminal } from './terminal.js';

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
  const group = program.command('logs').description('the lines of all apps');
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

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns milliseconds of `30s`, `10m`, `2h`, `3d` */
export function duration(words: string): number {
  const [, count, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(words) ?? [];
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError('It must be a time such as 30s, 10m, 2h or 3d.');
  return Number(count) * (UNIT_MS[unit] ?? 0);
}
