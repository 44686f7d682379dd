import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommanderError } from 'commander';
import { Database, findDatabase } from './database.js';
import { drive } from './drive.js';
import { type Options, readOptions } from './options.js';
import { reportOf } from './report.js';

const EXIT = { held: 0, violated: 1, notMade: 2, interrupted: 130 } as const;

async function main(): Promise<number> {
  const options = readOptions(process.argv);
  if (!(await findDatabase(options))) {
    throw new Error(
      'No database was found: is the marketplace running in this folder (npm start)? Otherwise give --database or --data-dir.',
    );
  }
  const database = new Database(() => findDatabase(options));
  try {
    const result = await drive(options, database, interruption());
    process.stdout.write(`\n${reportOf(result)}\n`);
    writeJson(options, result);
    return result.verdict.length === 0 ? EXIT.held : EXIT.violated;
  } finally {
    await database.close();
  }
}

/** Ctrl-C ends the workload early, and what was done is judged; a second one ends the program. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  const stop = () => {
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write('\nStopping early; judging what was done. Once more to quit at once.\n');
    interrupted.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return interrupted.signal;
}

function writeJson({ json }: Options, result: unknown): void {
  if (!json) return;
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    // Commander has printed its own message, and help is not an error.
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT.notMade);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(EXIT.notMade);
  },
);
