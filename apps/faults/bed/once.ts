import type { Unit } from '#platform/work';

/**
 * Does a request once, however often its client sends it: what it answered is kept in its transaction, under its id.
 *
 * @param table the module's own table of requests
 */
export async function once<T>(unit: Unit, table: string, opId: string, work: () => Promise<T>): Promise<T> {
  const claimed = await unit.query(
    `insert into ${table} (op_id) values ($1) on conflict do nothing returning op_id`,
    [opId],
  );
  if (claimed.length === 0) {
    const [row] = await unit.query<{ answer: T }>(`select answer from ${table} where op_id = $1`, [opId]);
    return row?.answer as T;
  }
  const answer = await work();
  await unit.query(`update ${table} set answer = $2 where op_id = $1`, [opId, JSON.stringify(answer)]);
  return answer;
}
