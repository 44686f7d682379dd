import { Build } from '../build/build.js';
import { POINTS } from '../build/points.js';
import { holds, type Row } from './row.js';

export const c13: Row = {
  name: 'C13',
  injects:
    'three instances start at once on a database that lacks two migrations, one of which doubles what stands in a table',
  holds: 'each migration runs once, the others wait for it, and all start',
  bed: { unstarted: true, placing: 'together' },
  inject: async (bed) => {
    const build = Build.make(bed.servers.scratch, POINTS);
    build.addMigration(
      '1769999999000-held.sql',
      'create table bank.held as select 100 as amount; select pg_sleep(0.5);',
    );
    build.addMigration(
      '1769999999100-doubled.sql',
      'update bank.held set amount = amount * 2; select pg_sleep(0.5);',
    );
    bed.faults.push('three migrate at once');
    await Promise.all([1, 2, 3].map(() => bed.startApp('together', build)));
    const [held] = await bed.query<{ amount: number }>('select amount from bank.held');
    holds(held?.amount === 200, `What was 100 and is doubled once is ${held?.amount}.`);
    const ran = await bed.query(
      `select from banyan.migrations where name in ('held1769999999000', 'doubled1769999999100')`,
    );
    holds(ran.length === 2, `${ran.length} migrations are noted, not 2.`);
  },
};
