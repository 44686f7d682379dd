import { holds, type Row } from './row.js';

/** A message may take down so many processes before it is put aside. */
const CRASHES = 2;

export const d9: Row = {
  name: 'D9',
  injects: 'a delivery that allocates until its process dies of it, and one that kills its process',
  holds: `each is put aside after ${CRASHES} crashes, no neighbour with it, and no process dies of it again`,
  bed: { flags: ['--max-old-space-size=96'] },
  waitsFor: { part: 'the count of crashes', table: 'banyan.in_work' },
  visibleWithinMs: 60_000,
  inject: async (bed) => {
    for (const mood of ['poison-crash', 'poison-memory']) {
      const before = bed.deaths();
      bed.faults.push(mood);
      const opId = await bed.transfer(mood);
      await bed.until(() => bed.isDead('audit.picky', opId), `${mood} is among the dead letters`, 60_000);
      const deaths = bed.deaths() - before;
      holds(deaths <= CRASHES, `${mood} has taken down ${deaths} processes, not ${CRASHES}.`);
    }
  },
};
