import { loadSettings, type Settings } from '../../config/index.js';
import { startPostgres } from '../../embedded/index.js';
import type { ListedModule } from '../business-modules.js';
import { host } from '../host.js';
import type { RunningApp } from '../running-app.js';
import { callSecret } from './call-secret.js';
import { watchEventLoop } from './event-loop-watchdog.js';
import { refuseTakenPort } from './free-port.js';
import { type PanelLine, panel } from './panel.js';
import { sayWhatTheProcessSays } from './process-lines.js';
import { Progress } from './progress.js';
import { describeStartFailure, StartError } from './start-failure.js';
import { onceStarted, type Started, stopOnSignals } from './stop-on-signals.js';

import { takeCareOfStrayErrors } from './stray-errors.js';

/** What a main.ts says: a name, a list of modules, and what the platform can't know. */
export interface RunOptions {
  readonly name: string;
  readonly here: readonly ListedModule[];
  /** The business modules that these ask and that run in other apps. Default: none. */
  readonly elsewhere?: readonly ListedModule[];
  /** Brings the database to the schema of this code; runs before the app is created, once for any number of instances. */
  readonly migrate: (options: { url: string; log: (line: string) => void }) => Promise<void>;
  /** Starts what stands in for the outside world, and answers with settings that lead there. */
  readonly standIns?: (settings: Settings) => Promise<Started & { readonly settings: Partial<Settings> }>;
  /** Runs once the app answers: demo data. */
  readonly whenRunning?: (app: RunningApp, settings: Settings, note: (line: string) => void) => Promise<void>;
  /** What to try next, for the panel. */
  readonly next?: (app: RunningApp) => readonly PanelLine[];
}

/**
 * Runs an app as a process: settings, an embedded Postgres where none is configured, migrations, the app, a panel that says
 * what runs where; stops everything on SIGINT and SIGTERM. What prevents the start is said in one sentence, and the
 * exit code is 1.
 */
export async function run(options: RunOptions): Promise<void> {
  const started: Started[] = [];
  const where = { databaseUrl: '', port: 0 };
  const giveUp = stopOnSignals(started);
  try {
    await start(options, started, where, giveUp);
  } catch (error) {
    await giveUp(`\n${describeStartFailure(error, where)}\n`);
  }
}

async function start(
  options: RunOptions,
  started: Started[],
  where: { databaseUrl: string; port: number },
  giveUp: (sentence: string) => Promise<void>,
): Promise<void> {
  const progress = new Progress(process.send ? { write: () => undefined } : process.stderr);
  const note = (line: string) => progress.note(line);
  let settings = loadSettings();
  where.port = settings.PORT;
  await refuseTakenPort(settings.PORT, settings.HOST);
  if (!settings.DATABASE_URL) {
    const { url } = await progress.step('Starting the embedded Postgres', () => {
      const starting = startPostgres({ dataDir: settings.DATA_DIR, log: note });
      started.push(onceStarted(starting));
      return starting.catch((error: Error) => {
        throw new StartError(error.message, { cause: error });
      });
    });
    settings = { ...settings, DATABASE_URL: url };
  }
  where.databaseUrl = settings.DATABASE_URL;
  await progress.step('Bringing the database to the schema of this code', () =>
    options.migrate({ url: settings.DATABASE_URL, log: note }),
  );
  settings = { ...settings, CALL_SECRET: callSecret(settings) };
  if (options.standIns) {
    const standIns = await options.standIns(settings);
    started.push(standIns);
    settings = { ...settings, ...standIns.settings };
  }
  const app = await progress.step(`Starting ${options.name}`, () =>
    host({ name: options.name, here: options.here, elsewhere: options.elsewhere, settings }),
  );
  started.push(app);
  sayWhatTheProcessSays(app.log);
  started.push(watchEventLoop(settings.BLOCKED_LIMIT_MS));
  takeCareOfStrayErrors(
    app.log,
    () => void giveUp('\nAn uncaught error ends this process: its line in the log says which.\n'),
  );
  await options.whenRunning?.(app, settings, note);
  if (process.send) process.send({ ready: { url: app.url, modules: app.modules } });
  else process.stderr.write(describe(options, app, settings, progress.seconds));
}

function describe(options: RunOptions, app: RunningApp, settings: Settings, seconds: number): string {
  const { host: server, pathname } = new URL(settings.DATABASE_URL);
  return panel(`${options.name} is ready after ${seconds.toFixed(1)} s`, [
    [
      ['address', app.url],
      ['API', `${app.url}/docs`],
      ['health', `${app.url}/health/ready`],
    ],
    [
      ['one process', `${app.modules.join(', ')}`],
      ['listeners', String(app.deliveries.listeners.length)],
      ['Postgres', `${server}${pathname}`],
      ['BullMQ on', app.queues === 'redis' ? `Redis (${new URL(settings.REDIS_URL).host})` : 'Postgres'],
    ],
    [...(options.next?.(app) ?? []), ['stop', 'Ctrl-C']],
  ]);
}
