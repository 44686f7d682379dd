import { holds, type Row } from './row.js';

export const c4: Row = {
  name: 'C4',
  injects: 'a pool of one connection, and code that asks the data source of TypeORM inside of a unit of work',
  holds: 'it gets the unit’s connection: nobody waits for himself, and no request takes 5 s',
  bed: { env: { DATABASE_POOL: '1' }, clients: 3 },
  inject: async (bed) => {
    bed.faults.push('one connection');
    await bed.clients.done(100, 40_000);
    const slowest = Math.max(...bed.clients.answered.map(({ ms }) => ms));
    holds(slowest < 5_000, `A request took ${Math.round(slowest)} ms.`);
  },
};
