/** Who changes a listener, and why, for `banyan.listener_actions`. */
export interface Changer {
  readonly who: string;
  readonly why: string | null;
}

/** One connection with a transaction open. */
interface Source {
  query(sql: string, parameters: unknown[]): Promise<unknown>;
}

const HOLD = `update banyan.listeners set horizon = 0 where name = $1`;

const LANES = `insert into banyan.listener_changes (listener, kind) values ($1, 'lanes')
on conflict (listener, kind) do update set writers = null, begun_at = clock_timestamp()`;

/** Holds a listener back until its deliveries are spread over the lanes that its row now says. Part of the caller's transaction. */
export async function beginLanes(source: Source, name: string): Promise<void> {
  await source.query(HOLD, [name]);
  await source.query(LANES, [name]);
}

const TAKE_NAME = `with former as (
  update banyan.listeners set renamed_to = $2, horizon = 0 where name = $1 returning paused_at
)
update banyan.listeners set horizon = 0, renamed_to = null, retired_at = null,
  paused_at = (select paused_at from former) where name = $2`;

// A statement that publishes sees one of the two subscribed, never both and never none: they change in one transaction.
const TAKE_EVENTS = `with former as (delete from banyan.subscriptions where listener = $1 returning type)
insert into banyan.subscriptions (type, listener) select type, $2 from former on conflict do nothing`;

const RENAME = `insert into banyan.listener_changes (listener, kind, former) values ($2, 'rename', $1)
on conflict (listener, kind) do update set former = excluded.former, writers = null, begun_at = clock_timestamp()`;

const TOLD = `insert into banyan.listener_actions (listener, action, who, why, details)
values ($2, 'rename', $3, $4, json_build_object('former', $1::text))`;

/**
 * Lets listener `to` take over all that listener `from` was told of and has still to do. What is done stays under the old name. Until all
 * is moved neither begins a delivery, so none runs twice and no key loses its order. Part of the caller's transaction; both are registered.
 */
export async function beginRename(
  source: Source,
  from: string,
  to: string,
  { who, why }: Changer,
): Promise<void> {
  await source.query(TAKE_NAME, [from, to]);
  await source.query(TAKE_EVENTS, [from, to]);
  await source.query(RENAME, [from, to]);
  await source.query(TOLD, [from, to, who, why]);
}

const BACKFILL = `insert into banyan.listener_changes as c (listener, kind, types, since) values ($1, 'backfill', $2, $3)
on conflict (listener, kind) do update set types = array(select distinct unnest(c.types || excluded.types)), position = 0, upto = null,
  since = case when c.since is null or excluded.since is null then null else least(c.since, excluded.since) end, writers = null`;

const HOLD_ORDERED = `update banyan.listeners set horizon = 0 where name = $1 and ordered`;

/**
 * Lets a listener be given what was published of these types before it came. An ordered one hears the live events of a
 * key behind those. Part of the caller's transaction.
 *
 * @param since only what occurred from then on; null: from the beginning
 */
export async function beginBackfill(
  source: Source,
  name: string,
  types: readonly string[],
  since: Date | null,
): Promise<void> {
  await source.query(HOLD_ORDERED, [name]);
  await source.query(BACKFILL, [name, types, since]);
}
