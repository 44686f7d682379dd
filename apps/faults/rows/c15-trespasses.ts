import type { Bed } from '../stack/bed.js';
import { holds, type Row } from './row.js';

/** What the shop tries, each in a unit of its own work. Not here: SET ROLE, which the session's user may; work/README.md says so. */
const TRESPASSES = [
  'update bank.accounts set balance = 0',
  'select balance from bank.accounts',
  'insert into bank.accounts (id, balance) values (99, 1)',
  'delete from audit.projection',
  'delete from banyan.events',
  `update banyan.events set type = 'Forged'`,
  `insert into banyan.events (type, version, module, payload, traceparent) values ('TransferMade', 1, 'bank', '{}', '00-0-0-00')`,
  `create function shop.rob() returns void language sql security definer as 'update bank.accounts set balance = 0'`,
  'create table bank.mine (id int)',
  'select * from bullmq.job',
  'select * from banyan.delivery_states',
];

export const c15: Row = {
  name: 'C15',
  injects: `${TRESPASSES.length} statements of the shop about what belongs to the bank, the audit or the platform`,
  holds: 'Postgres refuses each of them (42501), and nothing has changed',
  inject: async (bed) => {
    for (const sql of TRESPASSES) {
      bed.faults.push('a trespass');
      const code = await attempt(bed, sql);
      holds(code === '42501', `"${sql}" was answered with ${code}, not refused.`);
    }
    // This one is let through, and finds nothing: the policies hide what is not its own.
    await attempt(bed, `update banyan.deliveries set reason = 'trespass' where listener like 'audit.%'`);
    const changed = await bed.query(`select from banyan.delivery_states where reason = 'trespass'`);
    holds(changed.length === 0, 'The shop has changed deliveries of the audit.');
  },
};

async function attempt(bed: Bed, sql: string): Promise<string> {
  const answer = await fetch(
    `${bed.apps.find(({ app }) => app !== 'bank' && app !== 'audit')?.url}/shop/trespasses`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
    },
  );
  return ((await answer.json()) as { code: string }).code;
}
