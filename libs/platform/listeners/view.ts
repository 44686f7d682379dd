import { DECLARED, inSnapshot, type Reader } from '../conservation/reader.js';
import { GONE_AFTER_SECONDS } from '../placement/sql/instances.js';

/** How one listener stands. */
export interface ListenerView {
  readonly name: string;
  readonly module: string;
  /** Types of the events that it is told of. */
  readonly hears: readonly string[];
  readonly ordered: boolean;
  readonly lanes: number;
  /** Deliveries taken at once. */
  readonly batch: number;
  /** Deliveries per second over all processes; null: as many as can be. */
  readonly perSecond: number | null;
  readonly pending: number;
  /** How long ago the oldest event occurred that it has still to hear, in seconds; null when there is none. */
  readonly oldestSeconds: number | null;
  readonly dead: number;
  /** Keys that can't go on, those with the most waiting first. */
  readonly blocked: Blocked;
  /** What waits for code that knows the event, or its version: `PaymentConfirmed@3`. */
  readonly waitingFor: readonly { readonly event: string; readonly count: number }[];
  /** Null: it is not paused. */
  readonly paused: { readonly since: Date; readonly who: string; readonly why: string } | null;
  /** What is being done to its deliveries; until it is complete, those from `horizon` on wait. */
  readonly changes: readonly ListenerChange[];
  /** Null: all may be delivered. */
  readonly horizon: string | null;
  /** Whether a running app declares it; null while no app runs, since then nobody can tell. */
  readonly declared: boolean | null;
  /** The listener that has taken over its deliveries. */
  readonly renamedTo: string | null;
  readonly retiredAt: Date | null;
  /** Deliveries wait, or come, and nobody is there to take them. */
  readonly orphaned: boolean;
}

/** A change of a listener that is under way. */
export interface ListenerChange {
  readonly kind: 'lanes' | 'rename' | 'backfill';
  readonly former: string | null;
  /** Backfill: complete up to this event, of those up to `upto`. */
  readonly position: string;
  readonly upto: string | null;
}

/** What waits behind the blocked keys of an ordered listener. */
export interface Blocked {
  readonly keys: number;
  /** Deliveries behind all of them. */
  readonly waiting: number;
  /** At most as many as were asked for. */
  readonly worst: readonly BlockedKey[];
}

/** A key that can't go on. */
export interface BlockedKey {
  readonly key: string;
  /** The delivery that holds it up. */
  readonly eventId: string;
  /** Why: it is dead, is tried again later, or waits for code that knows it. */
  readonly because: string;
  readonly waiting: number;
}

const LISTENERS = `with ${DECLARED}, pending as (
  select listener, count(*)::int as pending, min(event_id) as oldest from banyan.deliveries where state = 'pending' group by listener
), dead as (
  select listener, count(*)::int as dead from banyan.deliveries where state = 'dead' group by listener
), waiting as (
  select listener, json_agg(json_build_object('event', event, 'count', count) order by event) as "waitingFor"
  from (select listener, waits_for as event, count(*)::int as count from banyan.deliveries
    where waits_for is not null and state = 'pending' group by 1, 2) w group by listener
), changes as (
  select listener, json_agg(json_build_object('kind', kind, 'former', former, 'position', position::text, 'upto', upto::text)
    order by begun_at) as changes from banyan.listener_changes group by listener
), hears as (
  select listener, array_agg(type order by type) as hears from banyan.subscriptions group by listener
), named as (
  select name from banyan.listeners union select listener from pending union select listener from dead
)
select n.name, coalesce(l.module, split_part(n.name, '.', 1)) as module, coalesce(h.hears, '{}') as hears,
  coalesce(l.ordered, false) as ordered, coalesce(l.partitions, 0)::int as lanes, coalesce(l.batch, 0)::int as batch,
  l.per_second as "perSecond", coalesce(p.pending, 0) as pending, coalesce(d.dead, 0) as dead,
  (select extract(epoch from clock_timestamp() - e.occurred_at)::float8 from banyan.events e where e.id = p.oldest) as "oldestSeconds",
  coalesce(w."waitingFor", '[]') as "waitingFor", coalesce(c.changes, '[]') as changes, l.horizon::text as horizon,
  case when l.paused_at is not null then (
    select json_build_object('since', l.paused_at, 'who', a.who, 'why', a.why) from banyan.listener_actions a
    where a.listener = l.name and a.action = 'pause' order by a.id desc limit 1) end as paused,
  case when exists (select from alive) then exists (select from declared where declared.listener = n.name) end as declared,
  l.renamed_to as "renamedTo", l.retired_at as "retiredAt"
from named n left join banyan.listeners l on l.name = n.name
left join pending p on p.listener = n.name left join dead d on d.listener = n.name left join waiting w on w.listener = n.name
left join changes c on c.listener = n.name left join hears h on h.listener = n.name
where $2::text is null or n.name = $2
order by n.name`;

// The heads are few and have an index of their own; what waits behind them is counted in one pass over what is pending.
const BLOCKED = `with heads as (
  select listener, key, min(event_id) as head from banyan.deliveries
  where (attempts > 0 or waits_for is not null) and state in ('pending', 'dead') and key is not null and ($1::text is null or listener = $1)
  group by listener, key
), counted as (
  select h.listener, h.key, h.head, count(w.event_id)::int as waiting from heads h
  left join banyan.deliveries w on w.listener = h.listener and w.key = h.key and w.event_id > h.head and w.state = 'pending'
  group by 1, 2, 3
), ranked as (
  select *, row_number() over (partition by listener order by waiting desc, head) as rank,
    count(*) over (partition by listener)::int as keys, sum(waiting) over (partition by listener)::int as behind
  from counted
)
select r.listener, r.keys, r.behind, r.key, r.head::text as "eventId", r.waiting,
  case when d.state = 'dead' then 'dead' when d.waits_for is not null then 'waits for ' || d.waits_for
    else 'tried again after ' || d.attempts || ' failed' end as because
from ranked r join banyan.deliveries d on d.listener = r.listener and d.event_id = r.head
where r.rank <= $2 order by r.listener, r.rank`;

interface ListenerRow extends Omit<ListenerView, 'blocked' | 'orphaned' | 'paused'> {
  readonly paused: { readonly since: string; readonly who: string; readonly why: string } | null;
}
interface BlockedRow extends BlockedKey {
  readonly listener: string;
  readonly keys: number;
  readonly behind: number;
}

/**
 * Shows how every listener stands, at one moment: also those that no code declares any more, as long as something is left of them.
 *
 * @param reader one connection: it works in a transaction of its own
 * @param options.listener only this one
 * @param options.keys so many blocked keys of each listener by name; default 5
 */
export function viewListeners(
  reader: Reader,
  options: { listener?: string; keys?: number } = {},
): Promise<ListenerView[]> {
  const only = options.listener ?? null;
  return inSnapshot(reader, async () => {
    const listeners = (await reader.query(LISTENERS, [GONE_AFTER_SECONDS, only])).rows as ListenerRow[];
    const keys = (await reader.query(BLOCKED, [only, options.keys ?? 5])).rows as BlockedRow[];
    return listeners.map((row) => {
      const own = keys.filter(({ listener }) => listener === row.name);
      const told = row.hears.length > 0 || row.pending > 0;
      return {
        ...row,
        paused: row.paused && { ...row.paused, since: new Date(row.paused.since) },
        blocked: {
          keys: own[0]?.keys ?? 0,
          waiting: own[0]?.behind ?? 0,
          worst: own.map(({ key, eventId, because, waiting }) => ({ key, eventId, because, waiting })),
        },
        orphaned: row.declared === false && told,
      };
    });
  });
}
