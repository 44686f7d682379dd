import { setTimeout as pause } from 'node:timers/promises';
import { holds, type Row } from './row.js';

const STRIKES = 25;

export const c2: Row = {
  name: 'C2',
  injects: `ends a random session of the apps every 200 ms, ${STRIKES} times`,
  holds: 'no process dies of it, and their pools come back to size',
  inject: async (bed) => {
    for (let strike = 0; strike < STRIKES; strike++) {
      await bed.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name <> 'faults' order by random() limit 1`,
      );
      bed.faults.push('a session is ended');
      await pause(200);
    }
    await bed.clients.done(40, 15_000);
    holds(bed.deaths() === 0, `${bed.deaths()} processes have died of it.`);
  },
};
