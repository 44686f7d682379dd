import { userInfo } from 'node:os';
import pc from 'picocolors';
import { type MoveOptions, MoveRefused, moveModule } from '#platform/placement';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan move <module> --to apart|together|back`: moves a module while everything works, showing each step. */
export async function move(
  terminal: Terminal,
  module: string,
  options: { to: string; why?: string; json?: boolean },
): Promise<number> {
  const to = destination(options.to);
  const began = performance.now();
  const say = (step: string) =>
    terminal.err(`${pc.green('✔')} ${inert(step)} ${pc.dim(`${elapsed(began)} s`)}\n`);
  const moved = await withDatabase(terminal, (client) =>
    moveModule(client, { module, to, who: userInfo().username, why: options.why ?? 'banyan move', say }),
  ).catch((error: unknown) => {
    throw error instanceof MoveRefused ? new CommandError(error.message, { cause: error }) : error;
  });
  if (options.json) terminal.out(`${inertJson(moved)}\n`);
  else {
    const { here, remote, faults } = moved.calls;
    const failed = faults === 0 ? pc.green('failed 0') : pc.red(`failed ${faults}`);
    terminal.out(`${pc.bold(module)} is answered by ${pc.bold(inert(moved.to))}. `);
    terminal.out(`Calls to it meanwhile: ${here} in process, ${remote} between processes, ${failed}.\n`);
  }
  return moved.calls.faults === 0 ? EXIT.fine : EXIT.found;
}

function destination(word: string): MoveOptions['to'] {
  if (word === 'apart' || word === 'together' || word === 'back') return word;
  throw new CommandError(`--to ${word} is nowhere: say --to apart, --to together, or --to back.`);
}

function elapsed(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(1);
}
