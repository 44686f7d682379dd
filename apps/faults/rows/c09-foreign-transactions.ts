import { holds, type Row } from './row.js';

export const c9: Row = {
  name: 'C9',
  injects: 'somebody begins to write and does not commit, in this database and in another one of the server',
  holds: 'everybody else’s events are delivered meanwhile',
  inject: async (bed) => {
    bed.faults.push('two foreign transactions stay open');
    await bed.connected(async (here) => {
      await here.query('begin; insert into bank.slow_commits values (0)');
      await bed.servers.postgres.with('postgres', async (elsewhere) => {
        await elsewhere.query(
          'begin; create temp table held (id int); insert into held values (1); select pg_current_xact_id()',
        );
        await bed.clients.done(60);
        await bed.clients.stop();
        const { quiet, pending } = await bed.rest(20_000);
        holds(quiet, `${pending} deliveries wait for transactions that have nothing to do with them.`);
        await elsewhere.query('rollback');
      });
      await here.query('rollback');
    });
  },
};
