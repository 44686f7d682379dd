import type { EntityManager } from 'typeorm';

type Source = Pick<EntityManager, 'query'>;

/** Deliveries moved by one statement: about half a second. */
const AT_ONCE = 20_000;

/** Most lanes that a listener can have: the lock of each is taken. */
const MOST_LANES = 64;

const LOCK_LANES = `select bool_and(pg_try_advisory_xact_lock(hashtext('lane ' || $1::text), lane)) as had
from generate_series(0, ${MOST_LANES - 1}) as lane`;

/** Takes all lanes of a listener for the rest of the transaction; false when somebody is at work in one of them. */
export async function takeAllLanes(source: Source, listener: string): Promise<boolean> {
  const [row] = await source.query(LOCK_LANES, [listener]);
  return row.had;
}

const KEY = 'case when t.ordered then coalesce(e.key, d.key) end';
const LANE = `(case when t.ordered and coalesce(e.key, d.key) is not null
  then abs(hashtext(coalesce(e.key, d.key))::bigint) % t.partitions else d.event_id % t.partitions end)::smallint`;

// Two that have heard side by side each have a delivery of the same event: the heir's own stands for both, and the other is skipped.
// What a call to the outside has under lease is left until the call has ended, so that its result can be recorded.
const MOVE = (state: 'pending' | 'dead') => `with wanted as (
  select d.listener, d.event_id, ${KEY} as key, ${LANE} as partition,
    $1 <> $2 and exists (select from banyan.deliveries h where h.listener = $2 and h.event_id = d.event_id) as twice
  from banyan.deliveries d left join banyan.events e on e.id = d.event_id cross join banyan.listeners t
  where t.name = $2 and d.listener = $1 and d.state = '${state}' and (not $3 or d.due_at <= clock_timestamp())
    and (d.listener, d.key, d.partition) is distinct from (t.name, ${KEY}, ${LANE})
  limit ${AT_ONCE} for update of d
), moved as (
  update banyan.deliveries d set listener = $2, key = w.key, partition = w.partition
  from wanted w where d.listener = w.listener and d.event_id = w.event_id and not w.twice
  returning d.event_id
), left_to_heir as (
  update banyan.deliveries d set state = 'skipped', settled_at = clock_timestamp(), reason = 'heard as ' || $2, waits_for = null
  from wanted w where d.listener = w.listener and d.event_id = w.event_id and w.twice
), attempts as (
  update banyan.attempts a set listener = $2 from moved m where $1 <> $2 and a.listener = $1 and a.event_id = m.event_id
)
select count(*)::int as moved from wanted`;

const MOVE_PENDING = MOVE('pending');
const MOVE_DEAD = MOVE('dead');
const LEFT = `select exists (select from banyan.deliveries where listener = $1 and state = 'pending') as waiting`;

/**
 * Moves what a listener has not settled to another, or to other lanes of its own; a part of it at a time.
 *
 * @param outside whether it calls out, so that some may be under lease
 * @returns whether there is more to move
 */
export async function moveDeliveries(
  source: Source,
  from: string,
  to: string,
  outside: boolean,
): Promise<'more' | 'wait' | 'done'> {
  const [pending] = await source.query(MOVE_PENDING, [from, to, outside]);
  const [dead] = await source.query(MOVE_DEAD, [from, to, false]);
  if (pending.moved + dead.moved > 0) return 'more';
  if (from === to) return 'done';
  const [left] = await source.query(LEFT, [from]);
  return left.waiting ? 'wait' : 'done';
}
