import type { TestDatabase } from '#testing';
import { Fault } from '../seam/fault.js';
import type { RemoteAnswer, RemoteCall } from '../seam/remote/remote-call.js';
import type { Instance, InstanceHealth, ModuleContract } from './instance.js';
import { enterInstance, renewInstance } from './sql/instances.js';
import type { Queryable } from './sql/rows-of.js';

/** A log for code under test: what it says is kept. */
export function keptLog() {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  return { lines, debug: say, info: say, warn: say, error: say, fatal: say };
}

/** The database of a spec as the code under test sees it. */
export function queryable(database: TestDatabase): Queryable {
  return { query: (sql, parameters) => database.query(sql, parameters as unknown[]) };
}

const CONTRACT: ModuleContract = { operations: ['PaymentApi.find'], listeners: ['payment.charge hears X@1'] };

/** An instance of an app, as it enters itself. */
export function instance(app: string, modules: readonly string[], more: Partial<Instance> = {}): Instance {
  return {
    id: `${app}-1`,
    app,
    version: '1',
    commit: 'c0ffee',
    modules,
    contract: Object.fromEntries(modules.map((module) => [module, CONTRACT])),
    httpRoutes: [],
    httpAddress: `http://${app}:80`,
    callAddress: `${app}:90`,
    ...more,
  };
}

export const IDLE: InstanceHealth = {
  delivers: [],
  answering: {},
  answered: {},
  failed: {},
  objections: {},
};

/**
 * Enters instances that follow every change from now on, as living processes would, until the returned function is called. Like
 * theirs, their rows say what they are doing when this resolves.
 */
export async function followers(
  database: Queryable,
  instances: readonly (Instance & { readonly health?: () => InstanceHealth })[],
): Promise<() => Promise<void>> {
  for (const each of instances) await enterInstance(database, each);
  let stopped = false;
  const renewAll = async (renewal: number) => {
    for (const each of instances)
      await renewInstance(database, each.id, '9000000', renewal, each.health?.() ?? IDLE);
  };
  const renew = async () => {
    for (let renewal = 2; !stopped; renewal += 1) await renewAll(renewal);
  };
  await renewAll(1);
  const renewing = renew();
  return async () => {
    stopped = true;
    await renewing;
  };
}

/** A way to instances that keeps where it was asked to go; addresses in `dead` refuse before acting, those in `broken` afterwards. */
export function recordedWay(dead: readonly string[] = [], broken: readonly string[] = []) {
  const asked: string[] = [];
  const call = async (address: string): Promise<RemoteAnswer> => {
    asked.push(address);
    if (dead.includes(address)) throw new Fault('nobody there', { acted: 'no' });
    if (broken.includes(address)) throw new Fault('broke off', { acted: 'maybe' });
    return answer(address);
  };
  return { asked, call };
}

/** An answer that tells who gave it. */
export function answer(by: string): RemoteAnswer {
  return { ok: true, value: by };
}

/** A call to an operation of a module. */
export function callTo(module: string, remainingMs = 1_000): RemoteCall {
  const context = { traceparent: '', caller: 'test', chain: [], remainingMs, hops: 0 };
  return { module, token: 'Api', method: 'ask', args: '[]', context };
}
