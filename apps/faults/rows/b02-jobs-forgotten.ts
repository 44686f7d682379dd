import type { Row } from './row.js';

export const b2: Row = {
  name: 'B2',
  injects: 'FLUSHALL under load, five times (on Postgres: BullMQ’s tables are emptied)',
  holds: 'everything that was announced and not delivered is announced again',
  inject: async (bed) => {
    for (let time = 1; time <= 5; time++) {
      await bed.forgetJobs();
      await bed.clients.done(15);
    }
  },
};
