/** The oracle as a program of its own: it knows views, tables of the test bed and files; of the product's code, nothing. */
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import type { Check } from './check.js';
import { conservation } from './checks/conservation.js';
import { deadLetters } from './checks/dead-letters.js';
import { decisions } from './checks/decisions.js';
import { deliveries } from './checks/deliveries.js';
import { lists } from './checks/lists.js';
import { operations } from './checks/operations.js';
import { order } from './checks/order.js';
import { rest } from './checks/rest.js';
import { traces } from './checks/traces.js';
import { countsOf } from './counts.js';
import { readAttempts, readDecisions, readHistory } from './history.js';
import { load } from './load.js';

const CHECKS: readonly Check[] = [
  ...operations,
  ...deliveries,
  ...decisions,
  ...order,
  ...conservation,
  ...deadLetters,
  ...rest,
  ...traces,
  ...lists,
];

/** Rows of a finding that are shown. */
const SHOWN = 3;

const { values } = parseArgs({
  options: { database: { type: 'string' }, folder: { type: 'string' }, 'visible-within': { type: 'string' } },
});
const folder = values.folder ?? '.';
const client = new Client({ connectionString: values.database, application_name: 'oracle' });
await client.connect();
const history = readHistory(folder);
const attempts = readAttempts(folder);
await load(client, history, attempts, readDecisions(folder));
const evidence = {
  client,
  folder,
  history,
  attempts,
  visibleWithinMs: Number(values['visible-within'] ?? 5_000),
};
const findings = [];
for (const { name, says, find } of CHECKS) {
  const broken = await find(evidence);
  if (broken.length > 0)
    findings.push({ check: name, says, count: broken.length, sample: broken.slice(0, SHOWN) });
}
const counts = await countsOf(evidence);
await client.end();
process.stdout.write(`${JSON.stringify({ checks: CHECKS.length, findings, counts })}\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
