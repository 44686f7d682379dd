import type { DeadSource } from './list-dead.js';

/** A delivery, by its listener and the id of its event. */
export interface Target {
  readonly listener: string;
  readonly eventId: string;
  /** Act only if it has failed this often: it is still the death that was looked at. Undefined: whichever it is. */
  readonly attempts?: number;
}

/** Who acts, and why. */
export interface Actor {
  readonly who: string;
  /** The reason, or the evidence of what was resolved by hand. Needed for all but a replay. */
  readonly why?: string;
  /** The group that was acted on, where it was one. */
  readonly group?: string;
}

/** A delivery that an action has changed. */
export interface Acted {
  readonly listener: string;
  readonly eventId: string;
  readonly before: string;
  readonly after: string;
  /** Id of the earliest delivery of its key that is dead, and that it waits behind; null when nothing holds it up. */
  readonly waitsBehind: string | null;
}

/** What can be done with a delivery that gave up. */
export type ActionName = 'replay' | 'discard' | 'resolve' | 'restore';

/** Deliveries that one transaction acts on: a process killed between two leaves the rest as it was, for the next run. */
const AT_ONCE = 500;

const TARGETS = `wanted as (
  select listener, event_id, attempts from json_to_recordset($1) as t(listener text, event_id bigint, attempts int)
)`;

// The state that is expected stands in the statement that locks the row: of two operators the second waits here, finds that the
// state is another, and gets nothing. Rows are locked in one order, so that two of them can't wait for each other.
const ACT = (from: string, change: string) => `with ${TARGETS}, found as (
  select d.listener, d.event_id, d.state, d.reason
  from banyan.deliveries d join wanted w using (listener, event_id)
  where d.state = ${from} and (w.attempts is null or w.attempts = d.attempts)
  order by d.listener, d.event_id for update of d
), changed as (
  update banyan.deliveries d set ${change} from found f
  where d.listener = f.listener and d.event_id = f.event_id
  returning d.listener, d.event_id, d.key, f.state as before, d.state as after, f.reason as reason_before, d.attempts
), kept as (
  insert into banyan.dead_letter_actions
    (listener, event_id, action, who, why, state_before, state_after, reason_before, attempts, cause)
  select listener, event_id, $2, $3, $4, before, after, reason_before, attempts, $5 from changed
)
select c.listener, c.event_id as "eventId", c.before, c.after, case when c.after = 'pending' then (
  select min(h.event_id) from banyan.deliveries h
  where h.listener = c.listener and h.key = c.key and h.event_id < c.event_id and h.attempts > 0 and h.state = 'dead'
    and not exists (select from changed o where o.listener = h.listener and o.event_id = h.event_id)
) end as "waitsBehind"
from changed c order by c.listener, c.event_id`;

// Due since a second ago: the sweep, which leaves what has just come due to its wake-up, takes it up the next time it looks.
const REPLAY = ACT(
  `'dead'`,
  `state = 'pending', due_at = clock_timestamp() - interval '1 second', settled_at = null, reason = null`,
);
const SETTLE = (state: string) =>
  ACT(`'dead'`, `state = '${state}', settled_at = clock_timestamp(), reason = $3 || ': ' || $4`);

/**
 * Delivers dead letters once more, as soon as their turn comes: attempts are counted on, and what waits behind one in its key
 * follows when it is done. Only a delivery that is dead can be replayed, and it is done at most once, so a replay can't have a
 * second effect, however old it is.
 *
 * @returns those that were dead, and are pending now
 */
export function replay(source: DeadSource, targets: readonly Target[], actor: Actor): Promise<Acted[]> {
  return inBatches(source, targets, actor, 'replay', REPLAY);
}

/**
 * Gives dead letters up for good: they will have no effect. What waits behind one in its key follows.
 *
 * @param actor with a reason
 * @returns those that were dead, and are discarded now
 */
export function discard(source: DeadSource, targets: readonly Target[], actor: Actor): Promise<Acted[]> {
  return inBatches(source, targets, actor, 'discard', SETTLE('discarded'));
}

/**
 * Notes that somebody has done by hand what dead letters should have done. What waits behind one in its key follows.
 *
 * @param actor with the evidence: what was done, and where that can be seen
 * @returns those that were dead, and are resolved now
 */
export function resolve(source: DeadSource, targets: readonly Target[], actor: Actor): Promise<Acted[]> {
  return inBatches(source, targets, actor, 'resolve', SETTLE('resolved'));
}

/** @throws Error when who or why is missing, before anything is done */
async function inBatches(
  source: DeadSource,
  targets: readonly Target[],
  actor: Actor,
  action: ActionName,
  sql: string,
): Promise<Acted[]> {
  demand(actor, action);
  const acted: Acted[] = [];
  for (let at = 0; at < targets.length; at += AT_ONCE) {
    const batch = targets.slice(at, at + AT_ONCE).map(toRow);
    const parameters = [JSON.stringify(batch), action, actor.who, actor.why ?? null, actor.group ?? null];
    acted.push(...((await source.query(sql, parameters)) as { rows: Acted[] }).rows);
  }
  return acted;
}

/** The action that every change is kept with says who and why. */
export function demand(actor: Actor, action: ActionName): void {
  if (actor.who.trim() === '') throw new Error(`Say who does the ${action}: nobody is no name to keep.`);
  if (action !== 'replay' && !actor.why?.trim())
    throw new Error(`Say why: a ${action} without a reason can't be understood later.`);
}

function toRow({ listener, eventId, attempts }: Target) {
  return { listener, event_id: eventId, attempts };
}
