import type { Database } from './slices.js';

/** Rows that one transaction takes away at most: none takes long. */
const AT_ONCE = 5_000;

/** Rows of each table whose time may come; `a` is the table. What still says how things stand now is none of them. */
const ENDS = {
  dead_letter_actions: 'a.at < $1 and not banyan.is_kept(a.event_id)',
  listener_actions:
    'a.at < $1 and a.id not in (select max(id) from banyan.listener_actions group by listener, action)',
  route_changes:
    'a.changed_at < $1 and a.id not in (select max(id) from banyan.route_changes group by module)',
  stray_jobs: 'a.settled_at < $1',
};

/**
 * Drops what people, and code that changed, have done before a moment: about dead letters, once their events are gone; about listeners and
 * routes, but for the last of each kind; and stray jobs that were settled. Can be stopped between any two steps.
 *
 * @param stopped asked before each step
 * @returns how many rows, by table; a table without any is left out
 */
export async function endAudits(
  database: Database,
  before: Date,
  stopped: () => boolean,
): Promise<Record<string, number>> {
  const ended: Record<string, number> = {};
  for (const [table, condition] of Object.entries(ENDS)) {
    const rows = `select a.id from banyan.${table} a where ${condition} order by a.id limit ${AT_ONCE}`;
    for (let count = AT_ONCE; count === AT_ONCE && !stopped(); ) {
      await database.query('begin');
      try {
        await database.query('set local banyan.audit_ends = on');
        const gone = await database.query(
          `with gone as (delete from banyan.${table} where id in (${rows}) returning 1) select count(*)::int as count from gone`,
          [before],
        );
        await database.query('commit');
        count = (gone.rows[0] as { count: number }).count;
      } catch (error) {
        await database.query('rollback');
        throw error;
      }
      if (count > 0) ended[table] = (ended[table] ?? 0) + count;
    }
  }
  return ended;
}
