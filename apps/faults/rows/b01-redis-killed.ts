import { setTimeout as pause } from 'node:timers/promises';
import { type Row, withoutRedis } from './row.js';

export const b1: Row = {
  name: 'B1',
  injects: 'kills Redis (AOF every second), leaves it away for a second, and starts it again; twice',
  holds: 'requests go on meanwhile; what its file had not kept is announced again',
  notApplicable: withoutRedis,
  inject: async (bed) => {
    for (let time = 1; time <= 2; time++) {
      bed.faults.push('kill Redis');
      await bed.servers.redis.kill();
      await pause(1_000);
      await bed.clients.done(20);
      await bed.servers.redis.launch();
      await bed.clients.done(20);
    }
  },
};
