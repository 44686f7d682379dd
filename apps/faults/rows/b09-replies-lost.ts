import { setTimeout as pause } from 'node:timers/promises';
import { holds, type Row } from './row.js';

export const b9: Row = {
  name: 'B9',
  injects:
    'between apps and Redis one answer in a hundred is lost, and one piece in a hundred resets its connection (on Postgres: half as many)',
  holds: 'what is sent again has no second effect',
  inject: async (bed) => {
    const redis = bed.backend === 'redis';
    const proxy = redis ? bed.toRedis : bed.toPostgres;
    const percent = redis ? 1 : 0.5;
    proxy.make({ dropReplyPercent: percent, resetPercent: percent });
    await bed.clients.done(60);
    await pause(3_000);
    proxy.make({});
    bed.faults.push(...Array<string>(proxy.harm).fill('an answer is lost'));
    holds(proxy.harm > 5, `Only ${proxy.harm} answers were lost, which proves little.`);
    holds(bed.deaths() === 0, `${bed.deaths()} processes have died of lost answers.`);
  },
};
