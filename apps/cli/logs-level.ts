import { userInfo } from 'node:os';
import Table from 'cli-table3';
import pc from 'picocolors';
import { readPlacement } from '#platform/placement';
import {
  ALL_MODULES,
  THRESHOLDS,
  USUAL,
  type WantedLevel,
  wantedLevels,
  wantLevel,
} from '#platform/telemetry/levels';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { heads, moment, UNSTYLED } from './layout.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** What the command line says beside the words. */
export interface LevelOptions {
  /** Milliseconds. */
  readonly for?: number;
  readonly why?: string;
  readonly who?: string;
  readonly json?: boolean;
}

/** `banyan logs level [module] [level]`: which lines are written, as somebody wants it, and wants it from now on. */
export async function logsLevel(
  terminal: Terminal,
  module: string | undefined,
  level: string | undefined,
  options: LevelOptions,
): Promise<number> {
  const wanted = await withDatabase(terminal, async (client) => {
    if (module !== undefined) {
      const { instances } = await readPlacement(client);
      refuseUnknown(module, [...new Set(instances.flatMap((instance) => instance.modules))].sort());
      if (level !== undefined)
        await wantLevel(client, {
          ...{ module, level: levelOf(level), forMs: options.for ?? null },
          ...{ who: options.who ?? userInfo().username, why: options.why ?? '' },
        });
    }
    return (await wantedLevels(client)).filter((each) => module === undefined || each.module === module);
  });
  terminal.out(options.json ? `${inertJson({ wanted })}\n` : report(wanted, module));
  if (level !== undefined && !options.json) terminal.out(pc.dim('Every process follows within 2 s.\n'));
  return EXIT.fine;
}

function levelOf(word: string): WantedLevel['level'] {
  const found = [...THRESHOLDS, USUAL].find((each) => each === word);
  if (found !== undefined) return found as WantedLevel['level'];
  throw new CommandError(`"${word}" is no level: say ${THRESHOLDS.join(', ')} or ${USUAL}.`);
}

/** A name with a typing error would change nothing, and nobody would notice. */
function refuseUnknown(module: string, running: readonly string[]): void {
  if (module === ALL_MODULES || running.length === 0 || running.includes(module)) return;
  throw new CommandError(
    `No app that runs has a module ${module}: say ${running.join(', ')}, or ${ALL_MODULES}.`,
  );
}

function report(wanted: readonly WantedLevel[], module: string | undefined): string {
  if (wanted.length === 0) {
    const whose = module === undefined || module === ALL_MODULES ? 'Every module' : inert(module);
    return `${whose} writes lines as the setting LOG_LEVEL of its process says.\n`;
  }
  const table = new Table({
    head: heads('module', 'level', 'ends in', 'by', 'since', 'why'),
    style: UNSTYLED,
  });
  for (const { module: name, level, endsInMs, who, at, why } of wanted) {
    const ends = endsInMs === null ? 'never' : span(endsInMs);
    table.push([pc.bold(inert(name)), level, ends, inert(who), moment(at), inert(why)]);
  }
  return `${table.toString()}\n`;
}

function span(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
