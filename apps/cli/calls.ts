import Table from 'cli-table3';
import pc from 'picocolors';
import { type CallEdge, type CallNumbers, callEdges } from '#platform/questions';
import { withStore } from './database.js';
import { inert, inertJson } from './inert.js';
import { COMPACT, heads, UNSTYLED } from './layout.js';
import { EXIT, type Terminal } from './terminal.js';
import { time } from './trace.js';

/** `banyan calls`: per edge how often, how well and how fast, against the time before and the version before. */
export async function showCalls(
  terminal: Terminal,
  options: { since: number; json?: boolean },
): Promise<number> {
  const edges = await withStore(terminal, (client) => callEdges(client, options.since / 1_000));
  if (options.json) terminal.out(`${inertJson({ seconds: options.since / 1_000, edges })}\n`);
  else terminal.out(edges.length === 0 ? 'Nobody has asked anybody in that time.\n' : report(edges));
  return EXIT.fine;
}

function report(edges: readonly CallEdge[]): string {
  const table = new Table({
    head: heads(
      'who asked',
      'whom',
      'what',
      'calls',
      'per s',
      'errors',
      'p50',
      'p95',
      'p99',
      'p95 before',
      'version before',
    ),
    colAligns: ['left', 'left', 'left', ...Array.from({ length: 8 }, () => 'right' as const)],
    style: UNSTYLED,
    chars: COMPACT,
  });
  for (const { kind, caller, callee, operation, now, before, versionBefore } of edges) {
    const { calls, perSecond, errors, refusals, p50, p95, p99 } = now;
    const bad = errors > 0 ? pc.red(share(errors, calls)) : pc.dim('0');
    table.push([
      inert(caller),
      pc.bold(inert(callee)),
      `${inert(operation)}${kind === 'call' ? '' : pc.dim(` ${kind}`)}`,
      ...[String(calls), perSecond.toFixed(perSecond < 10 ? 2 : 0)],
      `${bad}${refusals > 0 ? pc.dim(` +${refusals} no`) : ''}`,
      ...[time(p50), time(p95), time(p99), compared(now, before), compared(now, versionBefore)],
    ]);
  }
  return `${table.toString()}\n`;
}

function share(part: number, all: number): string {
  return `${((100 * part) / all).toFixed(part === all ? 0 : 1)} %`;
}

/** What it was, marked where it has become half as slow again, or better by as much. */
function compared(now: CallNumbers, before: CallNumbers | null): string {
  if (before === null) return pc.dim('-');
  const mark = now.p95 > before.p95 * 1.5 ? pc.red(' ▲') : now.p95 * 1.5 < before.p95 ? pc.green(' ▼') : '';
  return `${time(before.p95)}${mark}`;
}
