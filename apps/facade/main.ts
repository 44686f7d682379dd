import { Pool } from 'pg';
import { loadSettings } from '#platform/config';
import { describeStartFailure, type Started, stopOnSignals } from '#platform/host';
import { PlacementWatch } from '#platform/placement';
import { loggerFor } from '#platform/telemetry';
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
  const log = loggerFor(settings, { app: 'facade', instance: `facade-${process.pid}` });
  const pool = new Pool({ connectionString: settings.DATABASE_URL, max: 2, application_name: 'facade' });
  pool.on('error', () => undefined); // the watch reports it
  started.push({ stop: () => pool.end() });
  const routes = new RegistryRoutes(log);
  const watch = new PlacementWatch(pool, log, (view) => routes.learn(view));
  await watch.start();
  started.push(watch);
  const facade = await startFacade({
    host: settings.HOST,
    port: settings.PORT,
    routes,
    docs: () => routes.docs(),
    log,
    stopGraceMs: settings.STOP_TIMEOUT_MS / 2,
  });
  started.push(facade);
  process.send?.({ ready: { url: facade.url, modules: [] } });
  log.info('The facade answers', { url: facade.url });
}
