import { holds, type Row, withoutRedis } from './row.js';

/** A stop may take this long, in milliseconds. */
const STOP_WITHIN_MS = 15_000;

export const b12: Row = {
  name: 'B12',
  injects: 'Redis is not there when an app starts, and not when it is asked to stop',
  holds: `it answers requests without Redis, delivers once Redis has come, and stops within ${STOP_WITHIN_MS / 1_000} s`,
  notApplicable: withoutRedis,
  bed: { unstarted: true, placing: 'together', replicas: 1 },
  inject: async (bed) => {
    const { redis } = bed.servers;
    bed.faults.push('no Redis at the start');
    await redis.kill();
    const starting = bed.startApp('together');
    const started = await Promise.race([starting.then(() => true), bed.after(25_000, false)]);
    if (started) {
      bed.clients.start();
      await bed.clients.done(20);
    }
    await redis.launch();
    const app = await starting;
    holds(started, 'The app does not start without Redis.');
    await bed.clients.done(20);
    bed.faults.push('no Redis at the stop');
    await redis.kill();
    const { ms, signal } = await app.stop(STOP_WITHIN_MS);
    await redis.launch();
    await app.startAgain();
    holds(signal !== 'SIGKILL', `It had not stopped after ${Math.round(ms)} ms without Redis.`);
  },
};
