import { DECLARED } from '../conservation/reader.js';
import { GONE_AFTER_SECONDS } from '../placement/sql/instances.js';
import type { DeadSource } from './list-dead.js';

/** Deliveries that have not given up, and that nobody who runs can take. */
export interface Waiting {
  readonly listener: string;
  /** The event with its version that running code does not know: `PaymentConfirmed@3`; null: no running app declares the listener. */
  readonly waitsFor: string | null;
  readonly count: number;
  /** Id of the first event. */
  readonly oldest: string;
}

/** Events that were published and that nobody was to be told of: that is legal, and worth a look. */
export interface Unheard {
  readonly type: string;
  readonly count: number;
}

/** So many of the latest events are looked at for those that nobody hears: of 300,000 in 18 ms, on two processors with much else to do. */
export const LATEST = 10_000;

// Only what is pending of listeners without an app is counted, by the index of what is pending: a backlog of the others costs nothing.
const NOBODY = `with ${DECLARED}, alone as (
  select l.name from banyan.listeners l
  where exists (select from alive) and not exists (select from declared d where d.listener = l.name)
)
select a.name as listener, null as "waitsFor", p.count, p.oldest from alone a cross join lateral (
  select count(*)::int as count, min(d.event_id)::text as oldest from banyan.deliveries d
  where d.listener = a.name and d.state = 'pending' and d.waits_for is null) p
where p.count > 0 and ($2::text is null or a.name = $2) order by 1`;

const NEWER = `select listener, waits_for as "waitsFor", count(*)::int as count, min(event_id)::text as oldest
from banyan.deliveries where waits_for is not null and state = 'pending' and ($1::text is null or listener = $1) group by 1, 2 order by 1, 2`;

const UNHEARD = `select type, count(*)::int as count from (select type from banyan.events order by id desc limit ${LATEST}) latest
where not exists (select from banyan.subscriptions s where s.type = latest.type) group by type order by 2 desc, 1`;

/**
 * Lists what waits for code: for some that knows the event or its version, or for an app that declares the listener. While no app
 * runs, nobody can tell the latter.
 *
 * @param options.listener only of this listener
 */
export async function listWaiting(
  source: DeadSource,
  options: { listener?: string } = {},
): Promise<Waiting[]> {
  const only = options.listener ?? null;
  const newer = (await source.query(NEWER, [only])).rows as Waiting[];
  const nobody = (await source.query(NOBODY, [GONE_AFTER_SECONDS, only])).rows as Waiting[];
  return [...newer, ...nobody];
}

/** Lists the types among the {@link LATEST} events that no listener is told of. */
export async function listUnheard(source: DeadSource): Promise<Unheard[]> {
  return (await source.query(UNHEARD, [])).rows as Unheard[];
}
