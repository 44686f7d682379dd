/** One connection of `pg`, as the owner of the tables. */
export interface Database {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** All that belongs to a range of event ids: one partition each of events, deliveries and attempts. */
export interface Slice {
  /** Ids from here, a decimal string; */
  readonly low: string;
  /** to below here. */
  readonly high: string;
  /** Since when new events get ids behind it; null while they may get ids in it. */
  readonly passedAt: Date | null;
  /** Since when it is being dropped. */
  readonly leavingAt: Date | null;
  /** When its first and its last event occurred; null when it has none. */
  readonly first: Date | null;
  readonly last: Date | null;
  readonly pending: boolean;
  readonly dead: boolean;
  /** On disk, with indexes. */
  readonly bytes: number;
  /** Whether the next event gets an id in it. */
  readonly open: boolean;
}

const SLICES = `select s.low::text, s.high::text, s.passed_at as "passedAt", s.leaving_at as "leavingAt",
  (select occurred_at from banyan.events where id >= s.low and id < s.high order by id limit 1) as first,
  (select occurred_at from banyan.events where id >= s.low and id < s.high order by id desc limit 1) as last,
  exists (select from banyan.deliveries where event_id >= s.low and event_id < s.high and state = 'pending') as pending,
  exists (select from banyan.deliveries where event_id >= s.low and event_id < s.high and state = 'dead') as dead,
  (select coalesce(sum(pg_total_relation_size(to_regclass('banyan.' || whole || '_' || s.low / 1000000))), 0)::float8
    from unnest(array['events', 'deliveries', 'attempts']) whole) as bytes,
  s.low <= next and next < s.high as open
from banyan.slices s, (select case when is_called then last_value + 1 else last_value end as next from banyan.events_id_seq) ids
order by s.low`;

/** Reads all slices, the oldest first. */
export async function readSlices(database: Database): Promise<Slice[]> {
  return (await database.query(SLICES)).rows as Slice[];
}

/** Whether an event can be there: `never` given out yet, `kept` with its slice, or `dropped` with it. */
export type Whereabouts = 'kept' | 'dropped' | 'never';

/** Says whether the slice of an event is still there. */
export async function whereabouts(database: Database, eventId: string): Promise<Whereabouts> {
  const { rows } = await database.query(
    `select case when $1::bigint >= (select case when is_called then last_value + 1 else last_value end from banyan.events_id_seq) then 'never'
      when exists (select from banyan.slices where low <= $1::bigint and $1::bigint < high and leaving_at is null) then 'kept'
      else 'dropped' end as place`,
    [eventId],
  );
  return (rows[0] as { place: Whereabouts }).place;
}
