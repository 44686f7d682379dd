import type { DataSource, EntityManager } from 'typeorm';
import { Bug } from '../../seam/bug.js';
import { beginBackfill, beginLanes, beginRename } from '../changes/begin.js';
import type { Listener } from '../listener.js';

/** A listener as the database has it. */
interface KnownListener {
  readonly name: string;
  readonly ordered: boolean;
  readonly partitions: number;
  readonly renamedTo: string | null;
  readonly retired: boolean;
  /** Types of the events that it is told of. */
  readonly hears: readonly string[];
}

// Instances that start together register one after the other: each sees what the one before has changed.
const ONE_AFTER_THE_OTHER = `select pg_advisory_xact_lock(hashtext('banyan'), hashtext('registration'))`;

const KNOWN = `select l.name, l.ordered, l.partitions::int, l.renamed_to as "renamedTo", l.retired_at is not null as retired,
  array(select type from banyan.subscriptions s where s.listener = l.name) as hears
from banyan.listeners l where l.name = any($1)`;

const UPSERT = `insert into banyan.listeners (name, module, ordered, partitions, batch, per_second)
select name, module, ordered, partitions, batch, per_second
from json_to_recordset($1) as l(name text, module text, ordered boolean, partitions smallint, batch smallint, per_second real)
on conflict (name) do update set module = excluded.module, ordered = excluded.ordered, partitions = excluded.partitions,
  batch = excluded.batch, per_second = excluded.per_second
where (listeners.module, listeners.ordered, listeners.partitions, listeners.batch, listeners.per_second)
  is distinct from (excluded.module, excluded.ordered, excluded.partitions, excluded.batch, excluded.per_second)`;

const SUBSCRIBE = `insert into banyan.subscriptions (type, listener) select unnest($2::text[]), $1 on conflict do nothing`;

const RETURN = `with back as (update banyan.listeners set retired_at = null where name = $1 returning name)
insert into banyan.listener_actions (listener, action, who) select name, 'return', $2 from back`;

/**
 * Writes the listeners of this app into the database, from where every publisher reads whom to tell. A listener hears what
 * is published from now on, or from the point that it declares (`from`). What it does not hear any more is left standing: an older
 * instance that starts again must not take away what a newer one has added. Other lanes, another name and a backfill are only begun
 * here; `changes/` carries them on.
 *
 * @param who signs for what changes
 * @returns sentences for people, about listeners that are not this code's any more
 * @throws Bug if the database user would not see all deliveries
 */
export async function registerListeners(
  source: DataSource,
  listeners: readonly Listener[],
  who: string,
): Promise<string[]> {
  if (listeners.length === 0) return [];
  return source.transaction(async (manager) => {
    await refuseBlindness(manager);
    await manager.query(ONE_AFTER_THE_OTHER);
    const names = listeners.flatMap(({ name, options: { was } }) =>
      was === undefined ? [name] : [name, was],
    );
    const rows: KnownListener[] = await manager.query(KNOWN, [names]);
    const known = new Map(rows.map((row) => [row.name, row]));
    const ours = listeners.filter(({ name, options }) => {
      const heir = known.get(name)?.renamedTo ?? null;
      return heir === null || heir === options.was; // the latter: a name that goes back to what it was
    });
    await manager.query(UPSERT, [JSON.stringify(ours.map(toRow))]);
    for (const listener of ours) await register(manager, listener, known, who);
    return listeners
      .filter((listener) => !ours.includes(listener))
      .map(({ name }) => {
        const heir = known.get(name)?.renamedTo;
        return `Listener ${name} was renamed to ${heir} by other code: nothing is delivered to it here. To take it back: npx banyan listeners rename ${heir} ${name}`;
      });
  });
}

async function register(
  manager: EntityManager,
  listener: Listener,
  known: ReadonlyMap<string, KnownListener>,
  who: string,
): Promise<void> {
  const { name, options } = listener;
  const row = known.get(name);
  const former = options.was === undefined ? undefined : known.get(options.was);
  const takesOver = former !== undefined && former.renamedTo === null;
  if (takesOver) await beginRename(manager, former.name, name, { who, why: 'declared' });
  if (row?.retired) await manager.query(RETURN, [name, who]);
  if (row && (row.ordered !== (options.ordered ?? false) || row.partitions !== listener.partitions))
    await beginLanes(manager, name);
  const heard = new Set([...(row?.hears ?? []), ...(takesOver ? former.hears : [])]);
  const added = listener.types.map(({ type }) => type).filter((type) => !heard.has(type));
  if (added.length === 0) return;
  await manager.query(SUBSCRIBE, [name, added]);
  const from = options.from ?? 'now';
  if (from !== 'now') await beginBackfill(manager, name, added, from === 'beginning' ? null : from);
}

function toRow(listener: Listener) {
  const { name, module, partitions, batch, options } = listener;
  const per_second = options.pace?.perSecond ?? null;
  return { name, module, partitions, batch, ordered: options.ordered ?? false, per_second };
}

/** Row level security shows a user who does not own the table nothing, and no error: the sweep would find nothing for ever. */
async function refuseBlindness(manager: EntityManager): Promise<void> {
  const [row] = await manager.query(
    `select row_security_active('banyan.deliveries') as partial, current_user as name`,
  );
  if (!row.partial) return;
  throw new Bug(
    `Database user ${row.name} does not see all deliveries: use the one that owns the tables of the platform.`,
  );
}
