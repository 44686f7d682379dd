import { Pool } from 'pg';
import { loadSettings } from '#platform/config';
import { describeStartFailure, type Started, sayWhatTheProcessSays, stopOnSignals } from '#platform/host';
import { instanceId, Registry } from '#platform/placement';
import { loggerFor, Telemetry } from '#platform/telemetry';
import { LevelsWatch } from '#platform/telemetry/levels';
import { startFacade } from './facade.js';
import { RegistryRoutes } from './registry-routes.js';

const started: Started[] = [];
const where = { databaseUrl: '', port: 0 };
const giveUp = stopOnSignals(started);
try {
  await start();
} catch (error) {
  await giveUp(`${describeStartFailure(error, where)}\n`);
}

async function start(): Promise<void> {
  const settings = loadSettings();
  if (!settings.DATABASE_URL) {
    throw new Error(
      'The facade needs DATABASE_URL, where it learns who runs: npm run start:split starts it with everything else.',
    );
  }
  Object.assign(where, { databaseUrl: settings.DATABASE_URL, port: settings.PORT });
  const identity = { app: 'facade', instance: instanceId() };
  const log = loggerFor(settings, identity);
  sayWhatTheProcessSays(log);
  const pool = new Pool({ connectionString: settings.DATABASE_URL, max: 2, application_name: 'facade' });
  pool.on('error', () => undefined); // the registry reports it
  started.push({ stop: () => pool.end() });
  const levels = new LevelsWatch(pool, log);
  started.push(levels);
  await levels.start();
  const telemetry = new Telemetry(settings, log, 'dev');
  started.push({ stop: () => telemetry.close(1_000) });
  const routes = new RegistryRoutes(log);
  const facade = await startFacade({
    host: settings.HOST,
    port: settings.PORT,
    routes,
    docs: () => routes.docs(),
    log,
    spans: telemetry.spans,
    fromOutside: settings.TRACE_FROM_OUTSIDE,
    stopGraceMs: settings.STOP_TIMEOUT_MS / 2,
  });
  started.push(facade);
  // An instance like others, without modules: whoever moves one waits until this process follows too, and whoever leaves goes on
  // answering while this one may still send.
  const registry = new Registry({
    database: pool,
    log,
    self: {
      ...{ id: identity.instance, app: identity.app, version: 'dev', commit: settings.COMMIT },
      ...{ modules: [], contract: {}, httpRoutes: [], httpAddress: facade.url, callAddress: '' },
    },
    health: () => ({
      ...{ delivers: [], answering: {}, answered: {}, objections: {} },
      failed: Object.fromEntries(facade.failed),
    }),
    looked: (view) => routes.learn(view),
    follow: async () => undefined,
  });
  started.push({ stop: async () => void (await registry.leave()) });
  await registry.enter();
  process.send?.({ ready: { url: facade.url, modules: [] } });
  log.info('The facade answers', { url: facade.url });
}
