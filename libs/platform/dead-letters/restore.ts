import { type Acted, type Actor, demand, type Target } from './act.js';
import type { DeadSource } from './list-dead.js';

/** A discarded delivery that can't go back among the dead without breaking the order of its key. */
export interface OutOfOrder {
  readonly listener: string;
  readonly eventId: string;
  readonly key: string;
  /** Id of the latest event of the key that has been done meanwhile. */
  readonly doneSince: string;
}

/** What {@link restore} did, and what it did not do. */
export interface Restored {
  readonly acted: readonly Acted[];
  readonly outOfOrder: readonly OutOfOrder[];
}

// The lanes of the deliveries are held while it is decided, as the courier holds them while it delivers: else an event of the key
// could be done between the look and the change. In one order, as everybody takes them.
const LOCK_LANES = `select pg_advisory_xact_lock(lane, partition) from (
  select distinct hashtext('lane ' || d.listener) as lane, d.partition::int as partition
  from banyan.deliveries d join json_to_recordset($1) as t(listener text, event_id bigint) using (listener, event_id)
  where d.key is not null order by 1, 2) lanes`;

// What was settled is to be worked on again, perhaps where nobody looks any more. Until the end of the transaction nobody else makes
// anything of long ago pending: whoever does must do this first.
const LOOK_DOWN = `select banyan.look_down_to(min(event_id)) from json_to_recordset($1) as t(listener text, event_id bigint) having count(*) > 0`;

const KEYS = `select d.listener, d.event_id as "eventId", d.key
from json_to_recordset($1) as t(listener text, event_id bigint) join banyan.deliveries d using (listener, event_id)
where d.key is not null and d.state in ('discarded', 'resolved') order by d.event_id`;

// One pass for all of them. With the keys taken from a JSON text Postgres expects a hundred, and looks through the whole key for
// each of the targets: 46,000 of them were not done after ten minutes.
const DONE = `select listener, key, max(event_id)::text as "doneSince" from banyan.deliveries
where state in ('done', 'resolved') and event_id >= $3
  and (listener, key) in (select * from unnest($1::text[], $2::text[])) group by listener, key`;

// What of the keys is not done yet and will be, by the time the lanes are held, has an id from here on: it waits, is dead, or is being
// published, as far back as the floor of the work looks for publishers.
const NOT_DONE = (state: 'pending' | 'dead') => `(select min(d.event_id)
  from banyan.deliveries d join unnest($1::text[], $2::text[], $3::bigint[]) as k(listener, key, id) using (listener, key)
  where d.state = '${state}' and d.listener = any($1) and d.event_id > k.id)`;
const NOT_DONE_FROM = `select least(
  (select min(low) from banyan.slices where passed_at is null or passed_at > clock_timestamp() - interval '60 seconds'),
  ${NOT_DONE('pending')}, ${NOT_DONE('dead')})::text as low`;

// The state that the delivery had before is that of the last action on it, and so is the reason it had died of.
const RESTORE = `with found as (
  select d.listener, d.event_id, d.state, d.reason, last.state_before, last.reason_before
  from banyan.deliveries d
  join json_to_recordset($1) as t(listener text, event_id bigint) using (listener, event_id)
  cross join lateral (
    select state_before, reason_before from banyan.dead_letter_actions a
    where a.listener = d.listener and a.event_id = d.event_id and a.state_after = d.state order by a.id desc limit 1) last
  where d.state in ('discarded', 'resolved')
  order by d.listener, d.event_id for update of d
), changed as (
  update banyan.deliveries d set state = f.state_before, reason = f.reason_before, due_at = clock_timestamp() - interval '1 second',
    settled_at = case when f.state_before <> 'pending' then clock_timestamp() end
  from found f where d.listener = f.listener and d.event_id = f.event_id
  returning d.listener, d.event_id, f.state as before, d.state as after, f.reason as reason_before, d.attempts
), kept as (
  insert into banyan.dead_letter_actions (listener, event_id, action, who, why, state_before, state_after, reason_before, attempts)
  select listener, event_id, 'restore', $2, $3, before, after, reason_before, attempts from changed
)
select listener, event_id as "eventId", before, after, null as "waitsBehind" from changed order by listener, event_id`;

const SETTLED = `select d.listener, d.event_id as "eventId", d.attempts
from banyan.deliveries d cross join lateral (
  select cause from banyan.dead_letter_actions a
  where a.listener = d.listener and a.event_id = d.event_id and a.state_after = d.state order by a.id desc limit 1) last
where (d.listener, d.event_id) in (select listener, event_id from banyan.dead_letter_actions where cause = $1)
  and d.state in ('discarded', 'resolved') and last.cause = $1
order by d.settled_at, d.event_id`;

/** What was discarded or resolved as a group and still is: what restoring the group is about. */
export async function settledOf(source: DeadSource, group: string): Promise<Target[]> {
  return (await source.query(SETTLED, [group])).rows as Target[];
}

/**
 * Takes back what was discarded or resolved by hand: it is dead again, and can be replayed. Where later events of its key have
 * been done meanwhile, it stays as it is: replayed, it would come out of order.
 *
 * @param source one connection: it works in a transaction of its own
 * @param actor with a reason
 * @param options.outOfOrder restores those too: whoever says so knows that order does not matter to them
 */
export async function restore(
  source: DeadSource,
  targets: readonly Target[],
  actor: Actor,
  options: { outOfOrder?: boolean } = {},
): Promise<Restored> {
  demand(actor, 'restore');
  const wanted = toRows(targets);
  await source.query('begin', []);
  try {
    await source.query(`set local lock_timeout = '20s'`, []); // a delivery that hangs must not make this hang too
    await source.query(LOOK_DOWN, [wanted]);
    const look = options.outOfOrder ? undefined : await lookBack(source, wanted);
    await source.query(LOCK_LANES, [wanted]);
    const late = look ? await outOfOrder(source, look) : [];
    const stays = new Set(late.map(nameOf));
    const inOrder = targets.filter((target) => !stays.has(nameOf(target)));
    const { rows } = await source.query(RESTORE, [toRows(inOrder), actor.who, actor.why]);
    await source.query('commit', []);
    return { acted: rows as Acted[], outOfOrder: late };
  } catch (error) {
    await source.query('rollback', []);
    throw error;
  }
}

type Keyed = Omit<OutOfOrder, 'doneSince'>;

/** The latest event that was done of each key, by listener and key. */
type Latest = Map<string, string>;

/** What is known of the keys before the lanes are held. */
interface LookBack {
  readonly keyed: readonly Keyed[];
  /** Of each key once, the oldest that is to come back. */
  readonly oldestOfEach: readonly Keyed[];
  readonly latest: Latest;
  /** Id of an event: what was not done then lies from here on. */
  readonly notDoneFrom: string;
}

/**
 * Reads what of the keys has been done, which may be all of months: beside the deliveries, which go on. With 2,900,000 done since, the lanes
 * are held for some 15 ms; they were for 1.5 s when all of it was read with them.
 */
async function lookBack(source: DeadSource, wanted: string): Promise<LookBack | undefined> {
  const keyed = (await source.query(KEYS, [wanted])).rows as Keyed[];
  const [oldest] = keyed;
  if (!oldest) return undefined;
  const oldestOfEach = [...new Map(keyed.toReversed().map((each) => [keyOf(each), each])).values()];
  const [from] = (await source.query(NOT_DONE_FROM, columns(oldestOfEach))).rows as { low: string | null }[];
  const latest = await latestDone(source, oldestOfEach, oldest.eventId);
  return { keyed, oldestOfEach, latest, notDoneFrom: from?.low ?? oldest.eventId };
}

/** @param keys each once */
async function latestDone(source: DeadSource, keys: readonly Keyed[], from: string): Promise<Latest> {
  const [listeners, names] = columns(keys);
  const done = (await source.query(DONE, [listeners, names, from])).rows as Omit<OutOfOrder, 'eventId'>[];
  return new Map(done.map((each) => [keyOf(each), each.doneSince]));
}

/** With the lanes held: what has been done until then, and cannot be any more. */
async function outOfOrder(
  source: DeadSource,
  { keyed, oldestOfEach, latest, notDoneFrom }: LookBack,
): Promise<OutOfOrder[]> {
  const since = await latestDone(source, oldestOfEach, notDoneFrom);
  return keyed.flatMap((each) => {
    const doneSince = since.get(keyOf(each)) ?? latest.get(keyOf(each));
    return doneSince !== undefined && BigInt(doneSince) > BigInt(each.eventId)
      ? [{ ...each, doneSince }]
      : [];
  });
}

function columns(keyed: readonly Keyed[]): [string[], string[], string[]] {
  return [
    keyed.map(({ listener }) => listener),
    keyed.map(({ key }) => key),
    keyed.map(({ eventId }) => eventId),
  ];
}

function keyOf({ listener, key }: Pick<OutOfOrder, 'listener' | 'key'>): string {
  return `${listener} ${key}`;
}

function toRows(targets: readonly Target[]): string {
  return JSON.stringify(targets.map(({ listener, eventId }) => ({ listener, event_id: eventId })));
}

function nameOf({ listener, eventId }: Target): string {
  return `${listener} ${eventId}`;
}
