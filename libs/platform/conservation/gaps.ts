import { GONE_AFTER_SECONDS } from '../placement/sql/instances.js';
import { DECLARED, type Reader } from './reader.js';

/** Something that must not be, with the ids that it is about. */
export interface Gap {
  /**
   * `no delivery`: a listener is owed events, and there are no deliveries for it. `no event`: deliveries whose event is gone.
   * `no listener`: deliveries wait for a listener that no running app declares, or that does not
   * hear their type there.
   */
  readonly kind: 'no delivery' | 'no event' | 'no listener';
  readonly listener: string;
  /** Null where it is about deliveries of any type. */
  readonly type: string | null;
  readonly count: number;
  /** Ids of the first 20 events. */
  readonly ids: readonly string[];
}

/** So many deliveries are missing. */
export interface Short {
  readonly type: string;
  readonly listener: string;
  readonly count: number;
}

const MISSING = `select e.id::text from banyan.events e
join banyan.subscriptions s on s.type = e.type and s.listener = $2
where e.type = $1 and e.id > $4 and e.occurred_at > s.since + $3 * interval '1 second'
  and not exists (select from banyan.deliveries d where d.listener = $2 and d.event_id = e.id)
order by e.id limit 20`;

/** Names the events whose deliveries are missing. */
export async function missingDeliveries(
  reader: Reader,
  short: readonly Short[],
  registering: number,
  after: string,
): Promise<Gap[]> {
  const gaps: Gap[] = [];
  for (const { type, listener, count } of short) {
    const { rows } = await reader.query(MISSING, [type, listener, registering, after]);
    gaps.push({
      kind: 'no delivery',
      listener,
      type,
      count,
      ids: (rows as { id: string }[]).map(({ id }) => id),
    });
  }
  return gaps;
}

const STRAYS = `select d.listener, count(*)::int as count, (array_agg(d.event_id order by d.event_id))[1:20]::text[] as ids
from banyan.deliveries d
where d.event_id > $1 and not exists (select from banyan.events e where e.id = d.event_id)
group by d.listener order by d.listener`;

/** Names the deliveries whose event is gone. */
export async function withoutEvent(reader: Reader, after: string): Promise<Gap[]> {
  const rows = (await reader.query(STRAYS, [after])).rows as Omit<Gap, 'kind' | 'type'>[];
  return rows.map((row) => ({ kind: 'no event', type: null, ...row }));
}

const WAITING = `with ${DECLARED}, waiting as (
  select d.listener, e.type, count(*)::int as count, (array_agg(d.event_id order by d.event_id))[1:20]::text[] as ids
  from banyan.deliveries d join banyan.events e on e.id = d.event_id
  where d.state = 'pending' and d.event_id > $2
  group by d.listener, e.type
)
select (select count(*)::int from alive) as apps,
  coalesce((select json_agg(w order by w.listener, w.type) from waiting w
    where not exists (select from declared c where c.listener = w.listener and c.type = w.type)), '[]') as orphans,
  (select coalesce(array_agg(name), '{}') from banyan.listeners) as known`;

interface WaitingRow {
  readonly apps: number;
  readonly orphans: Omit<Gap, 'kind'>[];
  readonly known: string[];
}

/**
 * Finds deliveries that wait for a listener that no running app declares, or for a type that it does not hear any more. While
 * no app runs at all, only those of listeners that never registered count: the others may come back with their app.
 */
export async function waitingForNobody(
  reader: Reader,
  after: string,
): Promise<{ appsRun: boolean; gaps: Gap[] }> {
  const [row] = (await reader.query(WAITING, [GONE_AFTER_SECONDS, after])).rows as WaitingRow[];
  if (!row) throw new Error('The waiting deliveries could not be read: no row came back.');
  const appsRun = row.apps > 0;
  const orphans = row.orphans.filter(({ listener }) => appsRun || !row.known.includes(listener));
  return { appsRun, gaps: orphans.map((orphan) => ({ kind: 'no listener', ...orphan })) };
}
