import { type Lane, laneName } from '../listener.js';
import { CLAIMABLE } from './claim.js';
import { lookUpFloor } from './work-floor.js';

/** Runs one statement as the app's own database user, and answers with its rows: a DataSource. */
export interface Statements {
  // biome-ignore lint/suspicious/noExplicitAny: each statement knows its rows
  query(sql: string, parameters?: unknown[]): Promise<any>;
}

/** Deliveries of a lane that one look goes through at most. */
const CANDIDATES = 250;

// From one lane in which something waits to the next, by the index of what is pending: however much waits, each costs one look into it.
const LANES = `with recursive waiting as (
  select l.name as listener, l.open_below, (select d.partition from banyan.deliveries d
    where d.listener = l.name and d.state = 'pending' and d.event_id >= $1 order by d.partition limit 1) as partition
  from banyan.listeners l where l.name = any($2) and l.open_below > 0
  union all
  select w.listener, w.open_below, (select d.partition from banyan.deliveries d
    where d.listener = w.listener and d.partition > w.partition and d.state = 'pending' and d.event_id >= $1 order by d.partition limit 1)
  from waiting w where w.partition is not null
)`;

const CANDIDATE = `from banyan.deliveries d where d.listener = w.listener and d.partition = w.partition and d.state = 'pending'
    and d.event_id >= greatest($1, coalesce(p.position, 0)) and d.event_id < w.open_below order by d.event_id`;

const FIND = `${LANES}
select w.listener, w.partition, o.overdue,
  case when not o.overdue then (select d.event_id ${CANDIDATE} offset ${CANDIDATES} limit 1) end as next
from waiting w
left join unnest($4::text[], $5::int[], $6::bigint[]) as p(listener, partition, position) using (listener, partition)
cross join lateral (select exists (
  select from (select d.* ${CANDIDATE} limit ${CANDIDATES}) d
  where d.due_at <= clock_timestamp() - $3 * interval '1 millisecond' and ${CLAIMABLE}) as overdue) o
where w.partition is not null`;

interface Look extends Lane {
  readonly overdue: boolean;
  /** Where to look next, when nothing could be done before it. */
  readonly next: string | null;
}

/**
 * Finds the lanes in which something could have been done for a while: their wake-up got lost. What it costs does not grow with
 * what waits: it stops at the first delivery of a lane that could be done, and goes through so many at most. Where the first ones
 * are all held up, the next look goes on behind them, and so on to the end of the lane: they hide nothing for ever.
 */
export class Overdue {
  private positions = new Map<string, { lane: Lane; position: string }>();

  constructor(private readonly source: Statements) {}

  /**
   * @param listeners whose lanes
   * @param graceMs how long it must have been due, in milliseconds
   */
  async find(listeners: readonly string[], graceMs: number): Promise<Lane[]> {
    const floor = await lookUpFloor(this.source);
    const at = [...this.positions.values()];
    const looks: Look[] = await this.source.query(FIND, [
      ...[floor, listeners, graceMs, at.map(({ lane }) => lane.listener)],
      ...[at.map(({ lane }) => lane.partition), at.map(({ position }) => position)],
    ]);
    const behind = looks.flatMap(({ listener, partition, next }) =>
      next === null ? [] : [{ lane: { listener, partition }, position: next }],
    );
    this.positions = new Map(behind.map((each) => [laneName(each.lane), each]));
    return looks.filter(({ overdue }) => overdue).map(({ listener, partition }) => ({ listener, partition }));
  }
}
