import Table from 'cli-table3';
import pc from 'picocolors';
import { type Limits, limitsOf, type Plan, planFor, readSlices, type Standing } from '#platform/retention';
import { withDatabase } from './database.js';
import { inertJson } from './inert.js';
import { heads, moment, UNSTYLED } from './layout.js';
import { settingsOf } from './settings.js';
import { EXIT, type Terminal } from './terminal.js';

/** `banyan events retention`: what is kept, how much it is, what goes next, and what holds the rest. */
export async function showRetention(terminal: Terminal, options: { json?: boolean }): Promise<number> {
  const settings = settingsOf(terminal);
  const limits = limitsOf(settings);
  const slices = await withDatabase(terminal, (client) => readSlices(client));
  const plan = planFor(slices, limits, new Date());
  terminal.out(options.json ? `${inertJson(asJson(plan, limits))}\n` : report(plan, limits));
  return plan.standings.some(({ state }) => state === 'held') ? EXIT.found : EXIT.fine;
}

function asJson({ standings, bytes }: Plan, limits: Limits) {
  return { limits, bytes, slices: standings.map(({ slice, state, why }) => ({ ...slice, state, why })) };
}

function report({ standings, bytes }: Plan, limits: Limits): string {
  const table = new Table({
    head: heads('events', 'first', 'last', 'size', 'state', 'why'),
    colAligns: ['left', 'left', 'left', 'right', 'left', 'left'],
    style: UNSTYLED,
  });
  for (const { slice, state, why } of standings) {
    const range = `${slice.low} to ${slice.high}`;
    table.push([range, moment(slice.first), moment(slice.last), megabytes(slice.bytes), colored(state), why]);
  }
  const hours = (ms: number) => `${Math.round(ms / 3_600_000)} h`;
  const kept = `${megabytes(bytes)} of ${megabytes(limits.keepBytes)} (EVENTS_KEEP_MB); events are kept for ${hours(limits.keepMs)}`;
  return `${table.toString()}\n${kept} (EVENTS_KEEP_HOURS), and all of the last ${hours(limits.windowMs)} can be replayed (EVENTS_REPLAY_HOURS).\n`;
}

function colored(state: Standing['state']): string {
  if (state === 'held') return pc.yellow(state);
  return state === 'goes' ? pc.red(state) : state;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
