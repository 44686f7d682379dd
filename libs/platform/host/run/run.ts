import { loadSettings, type Settings } from '../../config/index.js';
import { startPostgres } from '../../embedded/index.js';
import type { ListedModule } from '../business-modules.js';
import { host } from '../host.js';
import type { RunningApp } from '../running-app.js';
import { refuseTakenPort } from './free-port.js';
import { type PanelLine, panel } from './panel.js';
import { Progress } from './progress.js';
import { describeStartFailure } from './start-failure.js';

/** Something that was started and has to be stopped. */
export interface Started {
  stop(): Promise<void>;
}

/** What a main.ts says: a name, a list of modules, and what the platform can't know. */
export interface RunOptions {
  readonly name: string;
  readonly here: readonly ListedModule[];
  /** Brings the database to the schema of this code; runs before the app is created, once for any number of instances. */
  readonly migrate: (options: { url: string; log: (line: string) => void }) => Promise<void>;
  /** Starts what stands in for the outside world, and answers with settings that lead there. */
  readonly standIns?: (settings: Settings) => Promise<Started & { readonly settings: Partial<Settings> }>;
  /** Runs once the app answers: demo data. */
  readonly whenRunning?: (app: RunningApp, settings: Settings, note: (line: string) => void) => Promise<void>;
  /** What to try next, for the panel. */
  readonly next?: (app: RunningApp) => readonly PanelLine[];
}

/** A stop that takes longer than this is cut off, in milliseconds; people were promised 10 s. */
const LAST_RESORT_MS = 9_500;

/**
 * Runs an app as a process: settings, an embedded Postgres where none is configured, migrations, the app, a panel that says
 * what runs where; stops everything on SIGINT and SIGTERM. What prevents the start is said in one sentence, and the
 * exit code is 1.
 */
export async function run(options: RunOptions): Promise<void> {
  const started: Started[] = [];
  const where = { databaseUrl: '', port: 0 };
  const stop = stopOnce(started);
  listenForSignals(stop);
  try {
    await start(options, started, where);
  } catch (error) {
    process.stderr.write(`\n${describeStartFailure(error, where)}\n`);
    await stop(1);
  }
}

async function start(
  options: RunOptions,
  started: Started[],
  where: { databaseUrl: string; port: number },
): Promise<void> {
  const progress = new Progress();
  const note = (line: string) => progress.note(line);
  let settings = loadSettings();
  where.port = settings.PORT;
  await refuseTakenPort(settings.PORT, settings.HOST);
  if (!settings.DATABASE_URL) {
    const postgres = await progress.step('Starting the embedded Postgres', () =>
      startPostgres({ dataDir: settings.DATA_DIR, log: note }),
    );
    started.push(postgres);
    settings = { ...settings, DATABASE_URL: postgres.url };
  }
  where.databaseUrl = settings.DATABASE_URL;
  await progress.step('Bringing the database to the schema of this code', () =>
    options.migrate({ url: settings.DATABASE_URL, log: note }),
  );
  if (options.standIns) {
    const standIns = await options.standIns(settings);
    started.push(standIns);
    settings = { ...settings, ...standIns.settings };
  }
  const app = await progress.step(`Starting ${options.name}`, () =>
    host({ name: options.name, here: options.here, settings }),
  );
  started.push(app);
  await app.quietly(async () => options.whenRunning?.(app, settings, note));
  process.stderr.write(describe(options, app, settings, progress.seconds));
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

function stopOnce(started: Started[]): (code: number) => Promise<void> {
  let stopping = false;
  return async (code) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      process.stderr.write(
        'Not everything stopped in time; leaving all the same. Nothing committed is lost.\n',
      );
      process.exit(code || 1);
    }, LAST_RESORT_MS).unref();
    for (const part of started.reverse()) {
      await part.stop().catch((error: unknown) => {
        process.stderr.write(`While stopping: ${error instanceof Error ? error.message : String(error)}\n`);
      });
    }
    process.exit(code);
  };
}

/** The first Ctrl-C stops in order, the second one leaves at once. */
function listenForSignals(stop: (code: number) => Promise<void>): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked && signal === 'SIGINT') process.exit(130);
      if (!asked) process.stderr.write('\nStopping: finishing what is in work …\n');
      asked = true;
      void stop(0);
    });
  }
}
