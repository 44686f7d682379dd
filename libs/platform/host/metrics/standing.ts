import type { DataSource } from 'typeorm';

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
