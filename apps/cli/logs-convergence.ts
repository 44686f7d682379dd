import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';
import { type Convergence, convergence } from '#platform/questions';
import { withStore } from './database.js';
import { inert, inertJson } from './inert.js';
import { COMPACT, heads, UNSTYLED } from './layout.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan logs convergence`: how far each app's and team's lines are from the common shape. */
export async function showConvergence(
  terminal: Terminal,
  options: { since: number; teams?: string; json?: boolean },
): Promise<number> {
  const teams = options.teams === undefined ? {} : teamsIn(resolve(terminal.folder, options.teams));
  const found = await withStore(terminal, (client) => convergence(client, options.since / 1_000, teams));
  if (options.json) terminal.out(`${inertJson({ convergence: found })}\n`);
  else terminal.out(found.length === 0 ? 'No line is kept from that time.\n' : report(found));
  return EXIT.fine;
}

function teamsIn(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    throw new CommandError(
      `${file} can't be read (${(error as Error).message}): it should be { "module": "team" }.`,
    );
  }
}

function report(found: readonly Convergence[]): string {
  const table = new Table({
    head: heads('app', 'module', 'team', 'form', 'lines', 'told', 'what is missing'),
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right', 'left'],
    style: UNSTYLED,
    chars: COMPACT,
  });
  for (const { app, module, team, format, lines, percent, missing } of found) {
    const colour = percent >= 99 ? pc.green : percent >= 60 ? pc.yellow : pc.red;
    const lacks = missing.map(
      ({ what, lines: of }) => `${inert(what.replace(' is missing', ''))}${of < lines ? ` (${of})` : ''}`,
    );
    const row = [pc.bold(inert(app)), inert(module ?? '-'), inert(team ?? '-'), format, String(lines)];
    table.push([...row, colour(`${percent} %`), lacks.join(', ')]);
  }
  const worst = found[0];
  const example =
    worst && worst.percent < 99 ? `${pc.dim('For example:')} ${inert(JSON.stringify(worst.example))}\n` : '';
  return `${table.toString()}\n${example}`;
}
