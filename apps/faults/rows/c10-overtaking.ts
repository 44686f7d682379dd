import { holds, type Row } from './row.js';

export const c10: Row = {
  name: 'C10',
  injects:
    'commits that take up to 120 ms with their events written: later ids commit before earlier ones, under eight clients',
  holds: 'none is passed over, and order per key stands',
  bed: { dawdle: true, clients: 8, paceMs: 5 },
  inject: async (bed) => {
    await bed.clients.done(400, 90_000);
    const [row] = await bed.query<{ count: number }>('select count(*)::int as count from bank.slow_commits');
    const slow = row?.count ?? 0;
    bed.faults.push(...Array<string>(slow).fill('a slow commit'));
    holds(slow >= 20, `Only ${slow} commits were slow, which proves little.`);
  },
};
