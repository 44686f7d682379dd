import 'reflect-metadata';
import { migrate } from '../../../migrations/migrate.js';
import { BenchPostgres, withClient } from '../measure/postgres.js';
import { load, machine, versions } from '../measure/surroundings.js';
import { writeJson } from '../measure/write-json.js';
import { assertAgreement } from './agreement.js';
import type { CallRounds } from './calls/figures.js';
import { callFigures, measureCalls } from './calls/measure-calls.js';
import { CHAINS, figuresOf, othersIn, type Pieces, runChains } from './chain-rounds.js';
import { aimsOf, ratiosOf } from './compare.js';
import { CHECKOUTS } from './conventional/checkout/checkout.entity.js';
import { LoadProcess } from './load/load-process.js';
import type { Options } from './options.js';
import { report } from './report.js';
import type { Result } from './result.js';
import { fill } from './servers/data.js';
import {
  type RunningSystem,
  type SystemName,
  startApart,
  startConventional,
  startTogether,
} from './servers/systems.js';
import { VARIANTS } from './variants.js';

const PACKAGES = ['@nestjs/core', '@nestjs/microservices', 'fastify', 'typeorm', 'pg', 'moleculer'];

/** What `npm run bench -- placement` does: progress on stderr, the report on stdout, the result as JSON where asked. */
export async function placement(options: Options): Promise<void> {
  const loadBefore = load();
  note(`Single calls: ${options.rounds} rounds, after one to warm up`);
  const calls = await measureCalls(options.rounds, options.calls);
  const { pieces, processes, postgres } = await measureChains(options);
  const ratios = ratiosOf(pieces, calls);
  const result: Result = {
    what: 'placement',
    at: new Date().toISOString(),
    machine: machine(loadBefore),
    others: othersIn(pieces),
    versions: { ...versions(PACKAGES), postgres },
    settings: withoutAddress(options),
    processes,
    aims: aimsOf(ratios, calls),
    ratios,
    chains: CHAINS.flatMap((chain) =>
      VARIANTS.map(({ name }) => figuresOf(chain, name, pieces.get(chain)?.get(name) ?? [])),
    ),
    calls: inOrder(calls).map(callFigures),
  };
  process.stdout.write(`\n${report(result)}\n`);
  if (options.json) writeJson(options.json, result);
}

async function measureChains(options: Options): Promise<{
  pieces: Pieces;
  processes: Record<string, number>;
  postgres: string;
}> {
  const postgres = await BenchPostgres.open(options.database, note);
  const systems = new Map<SystemName, RunningSystem>();
  const load = new LoadProcess();
  try {
    await startSystems(postgres, systems, options);
    note('Comparing the answers of all variants');
    await assertAgreement(systems, options.orders);
    const first = await postgres.processId();
    const pieces = await runChains({ options, load, systems, postgres: first, note });
    const processes = [...systems].map(([name, system]) => [name, system.processes.length] as const);
    return { pieces, processes: Object.fromEntries(processes), postgres: await postgres.version() };
  } finally {
    load.stop();
    await Promise.all([...systems.values()].map((system) => system.stop()));
    await postgres.close();
  }
}

async function startSystems(
  postgres: BenchPostgres,
  systems: Map<SystemName, RunningSystem>,
  options: Options,
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
    systems.set(name, await start[name](database, options.pool));
  }
}

/** One at a time first, then many: as they are compared. */
function inOrder(calls: readonly CallRounds[]): CallRounds[] {
  return [...calls].sort((a, b) => a.atATime - b.atATime);
}

/** The address may hold a password. */
function withoutAddress({ database, ...options }: Options): Options {
  return database === undefined ? options : { ...options, database: 'given' };
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
