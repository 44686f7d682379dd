import { setTimeout as pause } from 'node:timers/promises';
import type { Bed } from '../stack/bed.js';
import { holds, type Row, withoutRedis } from './row.js';

const SILENT_MS = 8_000;

export const b3: Row = {
  name: 'B3',
  injects: `stops Redis (SIGSTOP) for ${SILENT_MS / 1_000} s: it accepts connections and answers nothing`,
  holds:
    'no request waits for it: their median stays, and none takes a second and a half; the log says that wake-ups do not get through',
  notApplicable: withoutRedis,
  inject: async (bed) => {
    const before = median(timesSince(bed, 0));
    const from = Date.now();
    bed.faults.push('stop Redis');
    bed.servers.redis.signal('SIGSTOP');
    await pause(SILENT_MS);
    bed.servers.redis.signal('SIGCONT');
    const during = timesSince(bed, from);
    holds(during.length > 20, `Only ${during.length} requests were answered while Redis was silent.`);
    holds(
      Math.max(...during) < 1_500,
      `A request took ${Math.round(Math.max(...during))} ms while Redis was silent.`,
    );
    holds(
      median(during) < 2 * before + 50,
      `Requests took ${Math.round(median(during))} ms while Redis was silent, and ${Math.round(before)} ms before.`,
    );
    holds(bed.said("can't reach BullMQ"), 'No line says that wake-ups do not get through.');
  },
};

function timesSince(bed: Bed, from: number): number[] {
  return bed.clients.answered.filter(({ at, type }) => at > from && type === 'ok').map(({ ms }) => ms);
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
