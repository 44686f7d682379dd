import { Command, CommanderError } from 'commander';
import { deadLetters } from './dead-letters.js';
import { effects } from './effects.js';
import { events } from './events.js';
import { inert } from './inert.js';
import { lazily } from './lazily.js';
import { listeners } from './listeners.js';
import { logs } from './logs.js';
import { questions } from './questions.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

const listInstances = lazily(async () => (await import('./instances.js')).listInstances);
const move = lazily(async () => (await import('./move.js')).move);
const check = lazily(async () => (await import('./check.js')).check);

const HELP = `
It works on the application's database, whether the application runs or not: the one of DATABASE_URL, or the embedded one
that \`npm start\` keeps in DATA_DIR. Both are read from the environment and from .env in the current folder.

Exit codes: 0 done; 1 done, and something is wrong; 2 not done.

Examples:
  $ npx banyan dead-letters list                          what gave up, the latest first
  $ npx banyan dead-letters list --listener stock.reserve only of one listener
  $ npx banyan dead-letters list --json | jq .total       for scripts
  $ npx banyan dead-letters groups                        what gave up by its cause
  $ npx banyan dead-letters replay --group 3fa81c2b9d0e   delivers all of one cause once more
  $ npx banyan effects list --unknown                     which calls may or may not have had their effect?
  $ npx banyan events conservation                        is everything that was published accounted for?
  $ npx banyan listeners                                  who hears what, what waits, and behind which keys
  $ npx banyan instances                                  who runs, and where each module is answered
  $ npx banyan move payment --to apart                    moves a module, while everything works
  $ npx banyan logs level payment debug --for 10m         more lines of one module, for a while
  $ npx banyan trace 4bf92f3577b34da6a3ce929d0e0e4736     what happened, through every hop
  $ npx banyan logs --module payment --level warn         what was said; --follow goes on
  $ npx banyan calls                                      who asks whom, how fast, against the hour before
  $ npx banyan check                                      is every import where it may be?`;

const MOVE = `
Starts or finds the app, compares what both sides offer, changes the route, and waits until every process follows and the old
side has finished. Interrupted anywhere, it can be run again. Calls, deliveries and HTTP requests go on all the while.

Examples:
  $ npx banyan move payment --to apart
  $ npx banyan move payment --to together --why "it was slower"`;

/**
 * Runs the command.
 *
 * @param words what stands behind \`banyan\` on the command line
 * @returns the exit code
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.fine;
  const program = commands(terminal, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.failed; // it has said why
    terminal.err(`${told(error).split('\n').map(inert).join('\n')}\n`);
    return EXIT.failed;
  }
}

/** What is expected is a sentence for people; what is not is shown with where it came from. */
function told(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function commands(terminal: Terminal, ended: (code: number) => void): Command {
  const program = new Command('banyan')
    .description(
      'Looks at a banyan application from outside: what gave up, and whether the code keeps the rules.',
    )
    .addHelpText('after', HELP)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: (text) => terminal.err(text) })
    .showHelpAfterError('(banyan --help shows what there is)');

  deadLetters(program, terminal, ended);
  effects(program, terminal, ended);
  events(program, terminal, ended);
  listeners(program, terminal, ended);
  logs(program, terminal, ended);
  questions(program, terminal, ended);

  program
    .command('instances')
    .description('which processes run, what they deliver, and where each module is answered')
    .option('--json', 'as JSON: { instances, routes }')
    .action(async (options) => ended(await listInstances(terminal, options)));

  program
    .command('move <module>')
    .description('moves a module to another app while everything works')
    .requiredOption(
      '--to <place>',
      'apart: an app of its own; together: the app with the others; back: where it was',
    )
    .option('--why <reason>', 'kept with the route')
    .option('--json', 'as JSON: { module, from, to, version, calls }')
    .addHelpText('after', MOVE)
    .action(async (module, options) => ended(await move(terminal, module, options)));

  program
    .command('check')
    .description('holds the source in the current folder against the rules of the house')
    .option('--json', 'as JSON: { files, violations }')
    .action(async (options) => ended(await check(terminal, options)));
  return program;
}
