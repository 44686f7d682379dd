import { holds, type Row } from './row.js';

export const a2: Row = {
  name: 'A2',
  injects: 'the network takes away the answer to COMMIT, and the connection with it, five times',
  holds: 'the client is told that nobody knows; sent again, the operation counts once',
  inject: async (bed) => {
    for (let time = 0; time < 5; time++) {
      const before = bed.toPostgres.harm;
      bed.toPostgres.make({ cutReplyTo: 'COMMIT' });
      bed.faults.push('the answer to a COMMIT is lost');
      await bed.until(() => bed.toPostgres.harm > before, 'an answer to COMMIT is taken away');
      await bed.clients.done(10);
    }
    const died = bed.apps.flatMap(({ deaths }) => deaths);
    holds(died.length === 0, `A lost answer has ended ${died.length} processes.`);
  },
};
