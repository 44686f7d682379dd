import type { Balance } from './conservation.js';
import type { Reader } from './reader.js';

/** Deliveries of one type, listener and state that were in slices which are gone. */
export interface Tally {
  readonly type: string;
  readonly listener: string;
  readonly state: 'done' | 'skipped' | 'resolved' | 'discarded';
  readonly count: number;
}

/** What was dropped: retention sums up a slice before it goes. */
export async function readTallies(reader: Reader): Promise<Tally[]> {
  const sql = `select type, listener, state, sum(count)::float8 as count from banyan.tallies where listener <> '' group by 1, 2, 3`;
  return (await reader.query(sql, [])).rows as Tally[];
}

/** From which id to below which a slice is just being dropped, one at a time: it counts by its tally, not by its rows. */
export async function leavingSlice(reader: Reader): Promise<[string, string]> {
  const { rows } = await reader.query(
    'select low::text, high::text from banyan.slices where leaving_at is not null order by low limit 1',
    [],
  );
  const [slice] = rows as { low: string; high: string }[];
  return slice ? [slice.low, slice.high] : ['0', '0'];
}

/** Adds what is gone to what is there. */
export function addTallies(balances: readonly Balance[], tallies: readonly Tally[]): Balance[] {
  const sums = new Map(balances.map((each) => [`${each.type} ${each.listener}`, { ...each }]));
  for (const { type, listener, state, count } of tallies) {
    const none = {
      published: 0,
      done: 0,
      skipped: 0,
      pending: 0,
      dead: 0,
      resolved: 0,
      discarded: 0,
      missing: 0,
    };
    const sum = sums.get(`${type} ${listener}`) ?? { type, listener, ...none };
    sums.set(`${type} ${listener}`, {
      ...sum,
      [state]: sum[state] + count,
      published: sum.published + count,
    });
  }
  return [...sums.values()];
}
