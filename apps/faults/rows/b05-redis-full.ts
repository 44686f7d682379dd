import { setTimeout as pause } from 'node:timers/promises';
import { holds, type Row, withoutRedis } from './row.js';

export const b5: Row = {
  name: 'B5',
  injects: 'Redis has no memory left (maxmemory below what it holds, noeviction) for four seconds',
  holds:
    'requests go on, the log says that wake-ups do not get through, and all is delivered when there is room again',
  notApplicable: withoutRedis,
  inject: async (bed) => {
    const { direct } = bed.servers.redis;
    bed.faults.push('Redis is full');
    await direct.config('SET', 'maxmemory', '1mb');
    try {
      await bed.clients.done(40);
      await pause(4_000);
      holds(bed.said("can't reach BullMQ"), 'No line says that wake-ups do not get through.');
    } finally {
      await direct.config('SET', 'maxmemory', '0');
    }
    await bed.clients.done(20);
  },
};
