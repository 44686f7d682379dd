import { userInfo } from 'node:os';
import pc from 'picocolors';
import { type CallsPerSide, type MoveOptions, MoveRefused, moveModule } from '#platform/placement';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** Back to the beginning of the terminal's line, and what stands in it away. */
const AGAIN = '\r\u001b[K';

/**
 * `banyan move <module> --to apart|together|back`: moves a module while everything works, showing each step, and on a terminal
 * the calls of both sides while it waits.
 */
export async function move(
  terminal: Terminal,
  module: string,
  options: { to: string; why?: string; json?: boolean },
): Promise<number> {
  const to = destination(options.to);
  const began = performance.now();
  const live = terminal.width !== undefined && !options.json;
  const say = (step: string) =>
    terminal.err(`${live ? AGAIN : ''}${pc.green('✔')} ${inert(step)} ${pc.dim(`${elapsed(began)} s`)}\n`);
  const count = live
    ? (calls: CallsPerSide) => terminal.err(`${AGAIN}${pc.dim('·')} ${perSide(calls)}`)
    : undefined;
  const who = userInfo().username;
  const why = options.why ?? 'banyan move';
  const moved = await withDatabase(terminal, (client) =>
    moveModule(client, { module, to, who, why, say, count }),
  ).catch((error: unknown) => {
    if (live) terminal.err(AGAIN);
    throw error instanceof MoveRefused ? new CommandError(error.message, { cause: error }) : error;
  });
  if (options.json) terminal.out(`${inertJson(moved)}\n`);
  else {
    terminal.out(`${pc.bold(module)} is answered by ${pc.bold(inert(moved.to))}. `);
    terminal.out(`Calls and requests to it meanwhile: ${perSide(moved.calls, moved)}.\n`);
  }
  return moved.calls.failed === 0 ? EXIT.fine : EXIT.found;
}

/** What each side has answered: `answered by marketplace 12, by payment 40, failed 0`. */
function perSide(
  { from, to, failed }: CallsPerSide,
  names: { readonly from: string; readonly to: string } = { from: 'the old side', to: 'the new one' },
): string {
  const bad = failed === 0 ? pc.green('failed 0') : pc.red(`failed ${failed}`);
  if (names.from === names.to) return `answered by ${inert(names.to)} ${to}, ${bad}`;
  return `answered by ${inert(names.from)} ${from}, by ${inert(names.to)} ${to}, ${bad}`;
}

function destination(word: string): MoveOptions['to'] {
  if (word === 'apart' || word === 'together' || word === 'back') return word;
  throw new CommandError(`--to ${word} is nowhere: say --to apart, --to together, or --to back.`);
}

function elapsed(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(1);
}
