import { setTimeout as pause } from 'node:timers/promises';
import type { AppProcess } from '../stack/app-process.js';
import { holds, type Row } from './row.js';

const STRIKES = 25;
const BACK_WITHIN_MS = 15_000;

export const c2: Row = {
  name: 'C2',
  injects: `ends a random session of the apps every 200 ms, ${STRIKES} times`,
  holds: `no process dies of it; within ${BACK_WITHIN_MS / 1_000} s no place in a pool is lost and nobody waits for one`,
  inject: async (bed) => {
    for (let strike = 0; strike < STRIKES; strike++) {
      await bed.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name <> 'faults' order by random() limit 1`,
      );
      bed.faults.push('a session is ended');
      await pause(200);
    }
    await bed.clients.done(40, BACK_WITHIN_MS);
    holds(bed.deaths() === 0, `${bed.deaths()} processes have died of it.`);
    await bed.clients.stop();
    for (const app of bed.apps)
      await bed.until(
        () => atRest(app),
        `the pool of ${app.app} has nobody waiting and nothing busy`,
        BACK_WITHIN_MS,
      );
  },
};

/** A place that got lost counts as busy for ever. */
async function atRest(app: AppProcess): Promise<boolean> {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const gauge = (name: string, label = '') => {
    const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(label));
    return Number(line?.split(' ').at(-1));
  };
  return gauge('banyan_pool_waiting') === 0 && gauge('banyan_pool_connections', 'state="busy"') === 0;
}
