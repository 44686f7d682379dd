import { setTimeout as pause } from 'node:timers/promises';
import { type Row, withoutRedis } from './row.js';

export const b4: Row = {
  name: 'B4',
  injects: 'stops Redis for 13 s, longer than a job’s lock, while listeners are at work for 11 s',
  holds: 'jobs come twice, and every effect is there once',
  notApplicable: withoutRedis,
  inject: async (bed) => {
    for (const nth of [0, 1]) {
      await bed.hostOf('audit', nth).arm({ point: 'effect written', action: 'pause', ms: 11_000, times: 2 });
    }
    await bed.until(() => bed.hostOf('audit').strikes('effect written') > 0, 'a listener is at work');
    bed.faults.push('stop Redis for longer than a lock');
    bed.servers.redis.signal('SIGSTOP');
    await pause(13_000);
    bed.servers.redis.signal('SIGCONT');
    await bed.clients.done(20);
  },
};
