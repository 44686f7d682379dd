import { withWakeQueue } from '../servers/wake-jobs.js';
import { type Bed } from '../stack/bed.js';
import { holds, type Row } from './row.js';

const TIMES = 10;
const LISTENERS = ['audit.in-order', 'audit.any-order', 'audit.chain', 'audit.picky', 'audit.calls-out'];
const PARTITIONS = [0, 1, 2, 3];

export const d11: Row = {
  name: 'D11',
  injects: 'every wake-up of the audit ten times at once, again and again, over four workers',
  holds: 'each delivery has one effect, and the doubled jobs are worked off and gone',
  untilNoJobs: true,
  bed: { placing: 'together', replicas: 4 },
  inject: async (bed) => {
    for (let time = 0; time < 5; time++) {
      bed.faults.push('every wake-up ten times');
      await doubled(bed);
      await bed.clients.done(20);
    }
    const [most] = await bed.query<{ effects: number }>(
      'select count(*)::int as effects from oracle.effect group by listener, event_id order by 1 desc limit 1',
    );
    holds(most?.effects === 1, `A delivery has had its effect ${most?.effects} times.`);
  },
};

/** Without the ids by which the platform tells doubles apart, so that BullMQ runs each of them. */
function doubled(bed: Bed): Promise<unknown> {
  const { servers, backend, database } = bed;
  const server =
    backend === 'redis' ? { redis: servers.redis.direct } : { postgres: servers.postgres.url(database) };
  const lanes = LISTENERS.flatMap((listener) => PARTITIONS.map((partition) => ({ listener, partition })));
  const jobs = lanes.flatMap((data) =>
    Array.from({ length: TIMES }, () => ({
      name: data.listener,
      data,
      opts: { removeOnComplete: true, removeOnFail: true },
    })),
  );
  return withWakeQueue('audit', server, (queue) => queue.addBulk(jobs));
}
