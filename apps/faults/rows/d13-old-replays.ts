import { holds, type Row } from './row.js';

export const d13: Row = {
  name: 'D13',
  injects:
    'replays dead letters that are made 400 days old, five operators at once, and then once more; and replays what is done',
  holds: 'each has its effect once, however old it is; what is done is not to be replayed',
  inject: async (bed) => {
    const opIds = await Promise.all([1, 2, 3].map(() => bed.transfer('until-replayed')));
    for (const opId of opIds)
      await bed.until(() => bed.isDead('audit.picky', opId), 'it is among the dead letters');
    const rows = await bed.query<{ id: string }>(
      `select id from banyan.published_events where payload ->> 'opId' = any($1) and causation is null`,
      [opIds],
    );
    for (const { id } of rows.slice(0, 1)) {
      await bed.query(
        `update banyan.events set occurred_at = occurred_at - interval '400 days' where id = $1`,
        [id],
      );
      bed.faults.push('a dead letter is old');
    }
    for (const { id } of rows) {
      bed.faults.push('five replays at once');
      await Promise.all(
        Array.from({ length: 5 }, () => bed.banyan('dead-letters', 'replay', 'audit.picky', id)),
      );
      await bed.until(() => bed.isDone('audit.picky', id), `${id} is done after its replay`);
      await bed.banyan('dead-letters', 'replay', 'audit.picky', id);
    }
    const [row] = await bed.query<{ count: number }>(
      `select count(*)::int as count from oracle.effect where listener = 'audit.picky' and event_id = any($1::bigint[])`,
      [rows.map(({ id }) => id)],
    );
    holds(row?.count === rows.length, `${row?.count} effects of ${rows.length} replayed dead letters.`);
  },
};
