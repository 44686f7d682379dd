import pc from 'picocolors';
import { type Hop, type KeptLine, type TraceStory, traceStory } from '#platform/questions';
import { withStore } from './database.js';
import { inert, inertJson } from './inert.js';
import { counted } from './layout.js';
import { lineOf } from './logs-show.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan trace <id>`: what happened in one trace, hop by hop. */
export async function showTrace(
  terminal: Terminal,
  trace: string,
  options: { json?: boolean; lines?: boolean },
): Promise<number> {
  const story = await withStore(terminal, (client) => traceStory(client, trace));
  if (!story)
    throw new CommandError(
      `Nothing is kept of trace ${trace}: it is older than the store keeps, was left out by sampling, or is only just happening (up to a second).`,
    );
  terminal.out(options.json ? `${inertJson(story)}\n` : report(story, options.lines !== false));
  return EXIT.fine;
}

function report(story: TraceStory, lines: boolean): string {
  const { trace, spans, apps, at, ms, partial } = story;
  const began = new Date(at).toISOString().slice(0, 23).replace('T', ' ');
  const head = `${pc.bold(`trace ${trace}`)}  ${counted(spans, 'hop', 'hops')} in ${apps.map(inert).join(', ')}, ${time(ms)} from ${began}\n`;
  const body = story.hops.map((hop) => tree(hop, at, '', lines)).join('');
  const rest = lines ? story.lines.map((line) => lineOf(line, '  ')).join('') : '';
  return `${head}${partial ? pc.yellow('Not all of it is kept.\n') : ''}${body}${rest}`;
}

/** A hop, what was said in it and the hops below, in the order in which they began. */
function tree(hop: Hop, from: number, indent: string, lines: boolean): string {
  const clock = pc.dim(`+${time(hop.at - from)}`.padStart(10));
  const took = (hop.ms > 100 ? pc.yellow : (text: string) => text)(time(hop.ms).padStart(9));
  const inside = [
    ...(lines
      ? hop.lines.map((line) => ({ at: line.time.getTime(), text: spoken(line, `${indent}  `) }))
      : []),
    ...hop.hops.map((below) => ({ at: below.at, text: tree(below, from, `${indent}  `, lines) })),
  ].sort((a, b) => a.at - b.at);
  const where = pc.dim(
    `[${inert([hop.module, hop.app].filter((word, at, all) => word && all.indexOf(word) === at).join(' @ '))}]`,
  );
  return `${clock} ${took}  ${indent}${named(hop)} ${where}${facts(hop)}\n${inside.map(({ text }) => text).join('')}`;
}

/** What ran: the kind in front, unless the operation says it itself. */
export function named({ kind, operation }: Pick<Hop, 'kind' | 'operation'>): string {
  return `${operation.startsWith(`${kind} `) ? '' : pc.dim(`${kind} `)}${pc.cyan(inert(operation))}`;
}

function facts({ outcome, error, waitedMs, attempt, status, caller, link, event }: Hop): string {
  const bad =
    outcome === 'ok'
      ? ''
      : ` ${(outcome === 'refusal' ? pc.yellow : pc.red)(inert(`${outcome}${error ? `: ${error}` : ''}`))}`;
  const told = [
    status !== null && String(status),
    caller !== null && `for ${inert(caller)}`,
    event !== null && `event ${event}`,
    waitedMs !== null && `waited ${time(waitedMs)}`,
    attempt !== null && attempt > 1 && pc.yellow(`attempt ${attempt}`),
    link !== null && `after ${inert(link.split(' ')[1] ?? '')}`,
  ].filter(Boolean);
  return `${told.length > 0 ? ` ${pc.dim(told.join(', '))}` : ''}${bad}`;
}

function spoken(line: KeptLine, indent: string): string {
  return lineOf(line, `${' '.repeat(22)}${indent}${pc.dim('│ ')}`);
}

/** @param ms in milliseconds */
export function time(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 100 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
