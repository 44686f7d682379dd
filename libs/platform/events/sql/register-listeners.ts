import type { DataSource, EntityManager } from 'typeorm';
import { Bug } from '../../seam/bug.js';
import type { Listener } from '../listener.js';

/**
 * Writes the listeners of this app into the database, from where every publisher reads whom to tell. A listener hears what
 * is published from now on. What it does not hear any more is left standing: an older instance that starts again must not take
 * away what a newer one has added.
 *
 * @throws Bug if order or lanes of a listener changed while deliveries wait under the old ones, or the database user would not
 *   see all deliveries
 */
export async function registerListeners(source: DataSource, listeners: readonly Listener[]): Promise<void> {
  if (listeners.length === 0) return;
  const rows = listeners.map((listener) => ({
    name: listener.name,
    module: listener.module,
    ordered: listener.options.ordered ?? false,
    partitions: listener.partitions,
    types: listener.types.map(({ type }) => type),
  }));
  const words = JSON.stringify(rows);
  await source.transaction(async (manager) => {
    await refuseBlindness(manager);
    await refuseMovedLanes(manager, words);
    // Instances that start together write the same rows; in one order, they don't deadlock.
    await manager.query(
      `insert into banyan.listeners (name, module, ordered, partitions)
       select name, module, ordered, partitions
       from json_to_recordset($1) as l(name text, module text, ordered boolean, partitions smallint)
       order by name
       on conflict (name) do update set module = excluded.module, ordered = excluded.ordered, partitions = excluded.partitions
       where (listeners.module, listeners.ordered, listeners.partitions)
         is distinct from (excluded.module, excluded.ordered, excluded.partitions)`,
      [words],
    );
    await manager.query(
      `insert into banyan.subscriptions (type, listener)
       select t, name from json_to_recordset($1) as l(name text, types json), json_array_elements_text(l.types) as t
       order by 1, 2
       on conflict do nothing`,
      [words],
    );
  });
}

/** Deliveries of one key that wait in two lanes would be handled at once. */
async function refuseMovedLanes(manager: EntityManager, words: string): Promise<void> {
  const moved: { name: string; waiting: number }[] = await manager.query(
    `select k.name, (select count(*)::int from banyan.deliveries d where d.listener = k.name and d.state = 'pending') as waiting
     from json_to_recordset($1) as l(name text, ordered boolean, partitions smallint)
     join banyan.listeners k on k.name = l.name and (k.ordered, k.partitions) is distinct from (l.ordered, l.partitions)`,
    [words],
  );
  const stuck = moved.filter(({ waiting }) => waiting > 0);
  if (stuck.length === 0) return;
  const list = stuck.map(({ name, waiting }) => `${name} (${waiting} waiting)`).join(', ');
  throw new Bug(
    `Order or lanes of these listeners have changed while deliveries wait under the old ones: ${list}. Let the old version ` +
      'work them off first, or give the listener a new name.',
  );
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
