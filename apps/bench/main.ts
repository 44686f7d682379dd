import { Command } from 'commander';
import { events } from './events/main.js';
import { eventsCommand } from './events/options.js';
import { growth } from './growth/main.js';
import { growthCommand } from './growth/options.js';
import { placement } from './placement/main.js';
import { placementCommand } from './placement/options.js';
import { telemetry } from './telemetry/main.js';
import { telemetryCommand } from './telemetry/options.js';

const command = new Command('bench')
  .description('Measures Banyan beside its peers. One command per question; each has a --help.')
  .addCommand(placementCommand(placement))
  .addCommand(eventsCommand(events))
  .addCommand(telemetryCommand(telemetry))
  .addCommand(growthCommand(growth))
  .addHelpText('after', '\nThe workload of the marketplace is a command of its own: npm run drive -- --help');
command.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
