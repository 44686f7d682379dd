import { setTimeout as pause } from 'node:timers/promises';
import type { Bed } from '../stack/bed.js';
import { holds, type Row } from './row.js';

export const c3: Row = {
  name: 'C3',
  injects:
    'freezes (SIGSTOP) the Postgres session of a delivery in work for 6 s, with the lane that it holds',
  holds: 'other lanes flow meanwhile; the frozen one has its effect once',
  inject: async (bed) => {
    const app = bed.hostOf('audit');
    await app.arm({ point: 'effect written', action: 'pause', ms: 2_000 });
    await bed.until(() => app.strikes('effect written') > 0, 'a delivery is in work');
    const pid = await sessionInWork(bed);
    bed.faults.push('a session is frozen');
    process.kill(pid, 'SIGSTOP');
    try {
      const before = await effects(bed);
      await bed.clients.done(20);
      await pause(4_000);
      holds((await effects(bed)) > before + 20, 'Deliveries of other lanes stand still.');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await bed.clients.done(10);
  },
};

/** The session whose last statement was the effect's. */
async function sessionInWork(bed: Bed): Promise<number> {
  let pid: number | undefined;
  await bed.until(async () => {
    const [row] = await bed.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and state = 'idle in transaction'
         and query like 'insert into oracle.effect%' order by state_change limit 1`,
    );
    pid = row?.pid;
    return pid !== undefined;
  }, 'a session waits for its listener');
  return pid as number;
}

async function effects(bed: Bed): Promise<number> {
  const [row] = await bed.query<{ count: number }>('select count(*)::int as count from oracle.effect');
  return row?.count ?? 0;
}
