import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { migrate } from '../../../migrations/migrate.js';
import { assertAgreement } from './agreement.js';
import { type Pieces, runChains } from './chain-rounds.js';
import { CHECKOUTS } from './conventional/checkout/checkout.entity.js';
import { LoadProcess } from './load/load-process.js';
import type { Options } from './options.js';
import { fill } from './servers/data.js';
import { BenchPostgres, withClient } from './servers/postgres.js';
import {
  type RunningSystem,
  type SystemName,
  startApart,
  startConventional,
  startTogether,
} from './servers/systems.js';

/** What `npm run bench -- placement` does. */
export async function placement(options: Options): Promise<void> {
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const postgres = await BenchPostgres.open(options.database, note);
  const running = new Map<SystemName, RunningSystem>();
  try {
    await startSystems(postgres, running, options, note);
    note('Comparing the answers of all variants');
    await assertAgreement(running, options.orders);
    const pieces = await loadChains(postgres, running, options, note);
    console.log(pieces);
  } finally {
    await Promise.all([...running.values()].map((system) => system.stop()));
    await postgres.close();
  }
}

async function startSystems(
  postgres: BenchPostgres,
  running: Map<SystemName, RunningSystem>,
  options: Options,
  note: (line: string) => void,
): Promise<void> {
  note('Filling a database, and cloning it for each system');
  const template = await postgres.create('template');
  await migrate({ url: template });
  await withClient(template, (client) => fill(client, options));
  const start = { together: startTogether, apart: startApart, conventional: startConventional };
  for (const name of ['together', 'apart', 'conventional'] as const) {
    const database = await postgres.create(name, 'template');
    if (name === 'conventional') await withClient(database, (client) => client.query(CHECKOUTS));
    note(`Starting ${name}`);
    running.set(name, await start[name](database, options.pool));
  }
}

async function loadChains(
  postgres: BenchPostgres,
  systems: ReadonlyMap<SystemName, RunningSystem>,
  options: Options,
  note: (line: string) => void,
): Promise<Pieces> {
  const load = new LoadProcess();
  try {
    return await runChains({ options, load, systems, postgres: await postgres.processId(), note });
  } finally {
    load.stop();
  }
}

export function writeJson(file: string, result: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
