import { setHomes } from '#platform/placement';
import { withClient } from '../../measure/postgres.js';
import { processorSeconds } from '../../measure/processor-time.js';
import type { ChainName } from '../load/chains.js';
import { ServerProcess, type ServerSpec } from './server-process.js';

/** The modules that the two chains need. */
export const MODULES = ['cart', 'checkout', 'order', 'payment', 'product', 'shipment', 'tracking'] as const;

/** A way to run the same shop. */
export type SystemName = 'together' | 'apart' | 'conventional';

/** A system that runs: its processes, and where it is asked. */
export class RunningSystem {
  constructor(
    readonly name: SystemName,
    readonly database: string,
    readonly processes: readonly ServerProcess[],
  ) {}

  /** Where a chain is asked; `direct` leaves out what stands in front of the services. */
  url(chain: ChainName, direct = false): string {
    const front = this.processes.find((each) => each.name === 'facade' || each.name === 'marketplace');
    const service = this.processes.find((each) => each.name === chain);
    const answerer = direct ? service : (front ?? service);
    if (!answerer) throw new Error(`${this.name} has nobody to ask for ${chain}.`);
    return answerer.url;
  }

  /** Processor time of all its processes so far, in seconds. */
  processorSeconds(): number {
    for (const each of this.processes) each.assertAlive();
    return this.processes.reduce((sum, each) => sum + processorSeconds(each.pid), 0);
  }

  /** The last started first: what stands in front goes before what it leads to. */
  async stop(): Promise<void> {
    for (const each of [...this.processes].reverse()) await each.stop();
  }
}

/** Settings that every process of ours gets. */
function settings(database: string, pool: number): Record<string, string> {
  return {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn', // the conventional version writes no line per request either
    PORT: '0',
    DATABASE_URL: database,
    DATABASE_POOL: String(pool),
    CALL_SECRET: 'the secret of the placement benchmark',
    DEMO_DATA: 'false',
    // Nobody is charged and nothing is sent here; an address that is set keeps each process from starting stand-ins.
    PAYMENT_PROVIDER: 'false',
    PAYMENT_PROVIDER_URL: 'http://127.0.0.1:9',
    CARRIER_URL: 'http://127.0.0.1:9',
  };
}

/** Everything in one process. */
export async function startTogether(database: string, pool: number): Promise<RunningSystem> {
  const file = 'bench/placement/servers/together.js';
  return start('together', database, [() => [{ name: 'marketplace', file, env: settings(database, pool) }]]);
}

/** Every module as the service that `npm run start:split` runs, behind the facade. */
export async function startApart(database: string, pool: number): Promise<RunningSystem> {
  const env = settings(database, pool);
  const homes = new Map(MODULES.map((module) => [module, module]));
  await withClient(database, (client) => setHomes(client, homes, 'marketplace', 'the placement benchmark'));
  const services = MODULES.map((name) => ({ name, file: `services/${name}/main.js`, env }));
  const facade = { name: 'facade', file: 'facade/main.js', env };
  return start('apart', database, [() => services, () => [facade]]);
}

/** The same as Nest microservices over Nest's TCP transport; tracking and checkout answer HTTP themselves. */
export async function startConventional(database: string, pool: number): Promise<RunningSystem> {
  const file = 'bench/placement/conventional/main.js';
  const env = { NODE_ENV: 'production', DATABASE_URL: database, DATABASE_POOL: String(pool) };
  const asked = ['cart', 'order', 'payment', 'product', 'shipment'].map((name) => ({
    name,
    file,
    args: [name],
    env,
  }));
  const asking = (behind: readonly ServerProcess[]) => {
    const addresses = behind.map(({ name, url }) => [`${name.toUpperCase()}_ADDRESS`, url]);
    const knowing = { ...env, ...Object.fromEntries(addresses) };
    return ['checkout', 'tracking'].map((name) => ({ name, file, args: [name], env: knowing }));
  };
  return start('conventional', database, [() => asked, asking]);
}

/** Processes that start together, once those of the stages before answer. */
type Stage = (before: readonly ServerProcess[]) => readonly ServerSpec[];

async function start(name: SystemName, database: string, stages: readonly Stage[]): Promise<RunningSystem> {
  const processes: ServerProcess[] = [];
  try {
    for (const stage of stages) processes.push(...(await startAll(stage(processes))));
    return new RunningSystem(name, database, processes);
  } catch (error) {
    await Promise.all(processes.map((each) => each.stop()));
    throw error;
  }
}

/** Starts them all at the same time; if one fails, none is left. */
async function startAll(specs: readonly ServerSpec[]): Promise<ServerProcess[]> {
  const starting = await Promise.allSettled(specs.map((spec) => ServerProcess.start(spec)));
  const failed = starting.find((each) => each.status === 'rejected');
  const started = starting.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (!failed) return started;
  await Promise.all(started.map((each) => each.stop()));
  throw failed.reason;
}
