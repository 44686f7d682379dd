import { holds, type Row } from './row.js';

export const c1: Row = {
  name: 'C1',
  injects: 'Postgres crashes (immediate shutdown) and comes back, three times',
  holds: 'no process dies of it, and requests are answered again within 15 s',
  inject: async (bed) => {
    for (let time = 1; time <= 3; time++) {
      bed.faults.push('Postgres crashes');
      await bed.crashPostgres();
      await bed.clients.done(20, 15_000);
    }
    holds(bed.deaths() === 0, `${bed.deaths()} processes have died of it.`);
  },
};
