import { Pool } from 'pg';
import { loadSettings, type Settings } from '#platform/config';
import { startPostgres } from '#platform/embedded';
import {
  callSecret,
  connectionsBeside,
  describeStartFailure,
  type Need,
  nameModules,
  onceStarted,
  type PanelLine,
  Progress,
  panel,
  type RedisFinding,
  refuseCrowd,
  refuseTakenPort,
  refuseUnsafeRedis,
  StartError,
  type Started,
  stopOnSignals,
} from '#platform/host';
import { forgetWantedApps, instanceId, readPlacement, setHomes, wantedApps } from '#platform/placement';
import { loggerFor } from '#platform/telemetry';
import { migrate } from '../../migrations/migrate.js';
import { loadDemoData } from '../marketplace/demo-data.js';
import { marketplace } from '../marketplace/modules.js';
import { startStandIns } from '../stand-ins/start-stand-ins.js';
import { type PlacementPlan, split, together } from './placement-plan.js';
import { Supervisor } from './supervisor.js';

/** What the command line asks for. */
export interface StartOptions {
  readonly split: boolean;
  /** Modules to run apart; undefined: all of them. */
  readonly apart: readonly string[] | undefined;
}

const START_WITHIN_MS = 60_000;

/** Connections of this process, and of the facade. */
const LITTLE_POOL = 2;

/** Starts everything that `npm start` and `npm run start:split` promise, and stops it on Ctrl-C. */
export async function start(options: StartOptions): Promise<void> {
  const started: Started[] = [];
  const where = { databaseUrl: '', port: 0 };
  const giveUp = stopOnSignals(started);
  try {
    await startAll(options, started, where);
  } catch (error) {
    await giveUp(`\n${describeStartFailure(error, where)}\n`);
  }
}

async function startAll(
  options: StartOptions,
  started: Started[],
  where: { databaseUrl: string; port: number },
): Promise<void> {
  const progress = new Progress();
  const note = (line: string) => progress.note(line);
  const settings = loadSettings();
  const modules = nameModules(marketplace).map((module) => module.name);
  if (options.split) split(modules, options.apart); // says at once what is wrong with it
  where.port = settings.PORT;
  await refuseTakenPort(settings.PORT, settings.HOST);
  const redis = settings.REDIS_URL ? await refuseUnsafeRedis(settings.REDIS_URL) : undefined;
  if (redis?.sentence) note(redis.sentence);
  const url = settings.DATABASE_URL || (await embedded(settings, started, progress));
  where.databaseUrl = url;
  await progress.step('Bringing the database to the schema of this code', () => migrate({ url, log: note }));
  const pool = poolOn(url, started);
  if (options.split) await forgetWantedApps(pool);
  const plan = options.split
    ? split(modules, options.apart)
    : together(modules, await movedOut(pool, modules));
  await refuseCrowd(pool, url, needsOf(plan, settings));
  await setHomes(pool, plan.homes, 'marketplace', options.split ? 'npm run start:split' : 'npm start');
  const standIns = await startStandIns(settings);
  started.push(standIns);
  const supervisor = supervise(settings, { ...standIns.settings, DATABASE_URL: url }, plan);
  started.push({ stop: () => supervisor.stop(settings.STOP_TIMEOUT_MS + 500) });
  const front = await progress.step(
    `Starting ${[...plan.apps, ...(plan.facade ? ['facade'] : [])].join(', ')}`,
    () => allReady(supervisor, plan),
  );
  if (settings.DEMO_DATA) await loadDemoData(front, note);
  supervisor.speak();
  supervisor.follow(pool);
  process.stderr.write(describe(plan, front, url, queues(settings, redis), progress.seconds));
}

async function embedded(settings: Settings, started: Started[], progress: Progress): Promise<string> {
  const { url } = await progress.step('Starting the embedded Postgres', () => {
    const starting = startPostgres({ dataDir: settings.DATA_DIR, log: (line) => progress.note(line) });
    started.push(onceStarted(starting));
    return starting.catch((error: Error) => {
      throw new StartError(error.message, { cause: error });
    });
  });
  return url;
}

function poolOn(url: string, started: Started[]): Pool {
  const pool = new Pool({ connectionString: url, max: LITTLE_POOL, application_name: 'banyan start' });
  pool.on('error', () => undefined); // the next look at the wanted apps reports it
  started.push({ stop: () => pool.end() });
  return pool;
}

/** Most connections of the pool of each app: many processes share one server's, and each needs few. */
function poolOf(plan: PlacementPlan, { DATABASE_POOL }: Settings): number {
  return plan.apps.length > 4 ? Math.min(DATABASE_POOL, 8) : DATABASE_POOL;
}

/** The connections that each process may take: the apps, the facade, and this one. */
function needsOf(plan: PlacementPlan, settings: Settings): Need[] {
  const modules = plan.homes.size;
  const pool = poolOf(plan, settings);
  const apps = plan.apps.map((app) => {
    const hosted = app === 'marketplace' ? modules : 1; // it stands by for those that are apart, too
    return { pool, beside: connectionsBeside(settings, hosted) };
  });
  const store = settings.TELEMETRY_STORE && !settings.TELEMETRY_DATABASE_URL ? 1 : 0;
  const facade = { pool: 0, beside: LITTLE_POOL + store };
  return [...apps, ...(plan.facade ? [facade] : []), { pool: 0, beside: LITTLE_POOL }];
}

function supervise(settings: Settings, facts: Partial<Settings>, plan: PlacementPlan): Supervisor {
  const LOG_FORMAT = settings.LOG_FORMAT === 'auto' && process.stdout.isTTY ? 'pretty' : settings.LOG_FORMAT;
  const env = {
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)])),
    CALL_SECRET: callSecret(settings),
    DATABASE_POOL: String(poolOf(plan, settings)),
    DEMO_DATA: 'false',
    LOG_FORMAT,
  };
  const front = plan.facade ? 'facade' : 'marketplace';
  const { LOG_LEVEL } = settings;
  const log = loggerFor({ LOG_LEVEL, LOG_FORMAT }, { app: 'start', instance: instanceId() });
  return new Supervisor(env, (app) => (app === front ? settings.PORT : 0), log, LOG_FORMAT === 'pretty');
}

/** Modules that somebody has moved to an app of their own, and not back; a move that never came to its end does not count. */
async function movedOut(pool: Pool, modules: readonly string[]): Promise<string[]> {
  const wanted = await wantedApps(pool);
  const { routes } = await readPlacement(pool);
  return modules.filter(
    (module) => wanted.get(module) === true && routes.get(module)?.app === module && Supervisor.has(module),
  );
}

/** @returns the address of what stands in front */
async function allReady(supervisor: Supervisor, plan: PlacementPlan): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    const sentence = `Not every app answers after ${START_WITHIN_MS / 1000} s: read above why it does not, and mend that.`;
    timer = setTimeout(() => reject(new StartError(sentence)), START_WITHIN_MS);
    supervisor.cannotStart((app) => {
      reject(new StartError(`${app} cannot start: read above why, mend that, and start again.`));
    });
  });
  try {
    const apps = await Promise.race([Promise.all(plan.apps.map((app) => supervisor.start(app))), failed]);
    const facade = plan.facade ? await Promise.race([supervisor.start('facade'), failed]) : undefined;
    return facade?.url ?? apps[0]?.url ?? '';
  } finally {
    clearTimeout(timer);
  }
}

/** What BullMQ runs on, for the panel. */
function queues({ REDIS_URL }: Settings, redis: RedisFinding | undefined): string {
  if (!redis) return 'Postgres';
  const { host } = new URL(REDIS_URL);
  return redis.works
    ? `Redis (${host})`
    : `Redis (${host}), which was away at the start: until it comes, deliveries are some four seconds late`;
}

function describe(plan: PlacementPlan, front: string, url: string, queues: string, seconds: number): string {
  const { host, pathname } = new URL(url);
  const byApp = plan.apps.map((app): PanelLine => {
    const modules = [...plan.homes].filter(([, home]) => home === app).map(([module]) => module);
    return [app === 'marketplace' ? 'one process' : `app ${app}`, modules.join(', ')];
  });
  return panel(`The marketplace is ready after ${seconds.toFixed(1)} s`, [
    [
      ['storefront', `${front}/`],
      ['a seller’s dashboard', `${front}/dashboard`],
      ['API', `${front}/docs`],
      ['health', `${front}/health/ready`],
    ],
    [
      ...byApp,
      ...(plan.facade ? ([['facade', front]] as const) : []),
      ['Postgres', `${host}${pathname}`],
      ['BullMQ on', queues],
    ],
    [
      ['some load', 'npm run drive -- --seconds 20'],
      ['move a module', 'npx banyan move payment --to apart'],
      ['who runs', 'npx banyan instances'],
      ['what gave up', 'npx banyan dead-letters list'],
      ['stop', 'Ctrl-C'],
    ],
  ]);
}
