import type { DataSource } from 'typeorm';
import { conservation } from '../../conservation/index.js';

/** Where the deliveries of one listener stand. */
export interface Standing {
  readonly listener: string;
  readonly pending: number;
  readonly dead: number;
  /** How long the oldest delivery that is due has been due, in seconds. */
  readonly behind: number;
}

const STANDING = `select listener,
    count(*) filter (where state = 'pending')::int as pending,
    count(*) filter (where state = 'dead')::int as dead,
    coalesce(extract(epoch from clock_timestamp() - min(due_at)
      filter (where state = 'pending' and due_at < clock_timestamp())), 0)::float8 as behind
  from banyan.deliveries where state in ('pending', 'dead') and listener = any($1) group by listener`;

/** Where the deliveries of listeners stand; one without any that is pending or dead is left out. */
export function standingOf(source: DataSource, listeners: readonly string[]): Promise<readonly Standing[]> {
  return source.query(STANDING, [listeners]);
}

/** Events that the gap is sought among, the latest: all of them would cost seconds where there are millions. */
const LATEST = 100_000;

/** How many deliveries of the latest events are in no state at all, or belong to nobody: anything but 0 is a loss. */
export async function conservationGap(source: DataSource): Promise<number> {
  const runner = source.createQueryRunner();
  try {
    const client = await runner.connect();
    const { rows } = await client.query('select coalesce(max(id), 0) as last from banyan.events');
    const after = String(Math.max(0, Number(rows[0].last) - LATEST));
    const { gaps } = await conservation(client, { after });
    return gaps.reduce((sum, { count }) => sum + count, 0);
  } finally {
    await runner.release();
  }
}
