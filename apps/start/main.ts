import 'reflect-metadata';
import { Command } from 'commander';
import { start } from './start.js';

const command = new Command('npm start')
  .description(
    'Runs the marketplace: an embedded Postgres where none is configured, its schema, stand-ins for the outside world, and the apps.',
  )
  .option('--split', 'every module as a process of its own, behind the facade')
  .option('--apart <modules>', 'only these modules apart, the others together: payment,stock')
  .addHelpText(
    'after',
    `
Examples:
  npm start                                   one process
  npm run start:split                         every module apart
  npm run start:split -- --apart payment,stock
While it runs:
  npx banyan move payment --to apart          and back: --to together
Settings stand in .env.example; PORT=3001 npm start takes another port.`,
  );
command.parse();
const { split, apart } = command.opts<{ split?: boolean; apart?: string }>();
await start({
  split: split === true || apart !== undefined,
  apart: apart?.split(',').map((name) => name.trim()),
});
