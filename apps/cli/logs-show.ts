import { setTimeout as pause } from 'node:timers/promises';
import pc from 'picocolors';
import { type KeptLine, keptLines, type LineFilter } from '#platform/questions';
import { withStore } from './database.js';
import { inert } from './inert.js';
import { EXIT, type Terminal } from './terminal.js';

const COLOUR: Readonly<Record<string, (text: string) => string>> = {
  ...{ trace: pc.dim, debug: pc.dim, info: pc.green, warn: pc.yellow, error: pc.red, fatal: pc.bgRed },
};

const LOOK_EVERY_MS = 500;
/** Lines are kept in batches, so one may come this much later than another that was said after it. */
const LATE_MS = 10_000;
const HOUR_MS = 3_600_000;

/** `banyan logs`: kept lines, and with --follow those that come, until Ctrl-C or `terminal.stopped`. */
export async function showLogs(
  terminal: Terminal,
  options: Partial<LineFilter> & { limit: number; follow?: boolean; json?: boolean },
): Promise<number> {
  const { follow, json, ...filter } = options;
  const show = (line: KeptLine) => terminal.out(json ? `${inertLine(line)}\n` : lineOf(line));
  await withStore(terminal, async (client) => {
    const since = filter.since ?? (filter.trace ? undefined : new Date(Date.now() - HOUR_MS));
    const lines = await keptLines(client, { ...filter, since });
    for (const line of lines) show(line);
    if (lines.length === 0 && !json && !follow) terminal.err('No line of that kind is kept.\n');
    let shown = new Map(lines.map(({ place, time }) => [place, time.getTime()]));
    while (follow && !terminal.stopped?.()) {
      await pause(LOOK_EVERY_MS);
      const recent = Date.now() - LATE_MS;
      const found = await keptLines(client, { ...filter, since: new Date(recent), limit: 5_000 });
      for (const line of found) if (!shown.has(line.place)) show(line);
      shown = new Map(
        [...shown, ...found.map(({ place, time }) => [place, time.getTime()] as const)].filter(
          ([, at]) => at >= recent,
        ),
      );
    }
  });
  return EXIT.fine;
}

/** A line for people: when, how bad, who, where, what, with which facts, and in which trace. */
export function lineOf({ app, line }: KeptLine, before = ''): string {
  const { level, time, module, operation, logger, message, data, trace, error } = line as Record<
    string,
    string
  >;
  const where = before ? '' : [module, operation ?? logger].filter(Boolean).join(' ');
  const facts = Object.entries((data as unknown as object) ?? {}).map(
    ([name, value]) => `${name}=${short(value)}`,
  );
  const parts = [
    pc.dim(inert(String(time).slice(11, 23))),
    (COLOUR[String(level)] ?? pc.dim)(inert(String(level).toUpperCase().padEnd(5))),
    !before && pc.dim(inert(app)),
    where && pc.cyan(inert(where)),
    inert(String(message)),
    pc.dim(inert(facts.join(' '))),
    !before && trace && pc.dim(inert(trace)),
  ];
  const failed = error as unknown as { kind: string; message: string } | undefined;
  const why = failed ? `${before}    ${pc.red(inert(`${failed.kind}: ${failed.message}`))}\n` : '';
  return `${before}${parts.filter(Boolean).join(' ')}\n${why}`;
}

function short(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
}

function inertLine({ line }: KeptLine): string {
  return inert(JSON.stringify(line));
}
