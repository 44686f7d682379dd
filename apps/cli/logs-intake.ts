import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { linesOfFile, takeIn } from '#platform/telemetry/intake';
import { storeAddress } from './database.js';
import { inert } from './inert.js';
import { settingsOf } from './settings.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan logs intake`: foreign lines into the store. */
export async function takeInLines(
  terminal: Terminal,
  options: { app: string; team: string; file?: string; follow?: boolean },
): Promise<number> {
  const { app, team, file, follow = false } = options;
  if (follow && file === undefined)
    throw new CommandError('--follow needs a --file: standard input is followed anyway.');
  const settings = settingsOf(terminal);
  const limits = { bytes: settings.TELEMETRY_MAX_MB * 1024 * 1024, days: settings.TELEMETRY_MAX_DAYS };
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const stopped = () => interrupted || terminal.stopped?.() === true;
    const lines =
      file === undefined ? createInterface({ input: process.stdin }) : linesOfFile(file, follow, stopped);
    const count = await storeAddress(terminal, (url) =>
      takeIn(lines, { app, team, instance: `intake-${hostname()}` }, { url, limits }, (sentence) =>
        terminal.err(`${sentence}\n`),
      ),
    );
    terminal.out(`Took in ${count.lines} lines of ${inert(app)}, ${count.traced} of them with a trace.\n`);
    return EXIT.fine;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CommandError(`There is no file ${file}.`);
    throw error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
