import type { DataSource } from 'typeorm';
import type { Listener } from '../listener.js';

/**
 * Writes the listeners of this app into the database, from where every publisher reads whom to tell. A listener hears what
 * is published from now on. Order and number of lanes of a listener can't change while deliveries of it are pending.
 */
export async function registerListeners(source: DataSource, listeners: readonly Listener[]): Promise<void> {
  if (listeners.length === 0) return;
  const rows = listeners.map((listener) => ({
    name: listener.name,
    module: listener.module,
    ordered: listener.options.ordered ?? false,
    partitions: listener.partitions,
    types: listener.types.map((type) => type.type),
  }));
  await source.transaction(async (manager) => {
    // Instances that start together write the same rows; in one order, they don't deadlock.
    await manager.query(
      `insert into banyan.listeners (name, module, ordered, partitions)
       select name, module, ordered, partitions
       from json_to_recordset($1) as l(name text, module text, ordered boolean, partitions smallint)
       order by name
       on conflict (name) do update set module = excluded.module, ordered = excluded.ordered, partitions = excluded.partitions
       where (listeners.module, listeners.ordered, listeners.partitions)
         is distinct from (excluded.module, excluded.ordered, excluded.partitions)`,
      [JSON.stringify(rows)],
    );
    await manager.query(
      `insert into banyan.subscriptions (type, listener)
       select t, name from json_to_recordset($1) as l(name text, types json), json_array_elements_text(l.types) as t
       order by 1, 2
       on conflict do nothing`,
      [JSON.stringify(rows)],
    );
    await manager.query(
      `delete from banyan.subscriptions s
       using json_to_recordset($1) as l(name text, types json)
       where s.listener = l.name and s.type not in (select json_array_elements_text(l.types))`,
      [JSON.stringify(rows)],
    );
  });
}
