import 'reflect-metadata';
import { run } from '#platform/host';
import { migrate } from '../../migrations/migrate.js';
import { startStandIns } from '../stand-ins/start-stand-ins.js';
import { loadDemoData } from './demo-data.js';
import { marketplace } from './modules.js';

await run({
  name: 'marketplace',
  here: marketplace,
  migrate,
  standIns: startStandIns,
  whenRunning: (app, settings, note) =>
    settings.DEMO_DATA ? loadDemoData(app.url, note) : Promise.resolve(),
  next: (app) => [
    ['storefront', `${app.url}/`],
    ['a seller’s dashboard', `${app.url}/dashboard`],
    ['some load', 'npm run drive -- --seconds 20'],
    ['what gave up', 'npx banyan dead-letters list'],
  ],
});
