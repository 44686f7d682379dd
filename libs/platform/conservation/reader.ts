/** One connection of `pg`, as a role that sees all deliveries (the owner of the tables). */
export interface Reader {
  query(sql: string, parameters: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Runs `work` on one moment of the database, however long it takes and whatever happens meanwhile. */
export async function inSnapshot<T>(reader: Reader, work: () => Promise<T>): Promise<T> {
  await reader.query('begin transaction isolation level repeatable read read only', []);
  try {
    // Before the snapshot is taken: a slice that is being dropped is there as long as this lasts, or gone since before it began.
    await reader.query(
      'lock table banyan.events, banyan.deliveries, banyan.attempts in access share mode',
      [],
    );
    return await work();
  } finally {
    await reader.query('rollback', []);
  }
}

/**
 * What running apps declare, for statements that begin with it: `alive`, the instances; `declared`, the listeners with the types that
 * they hear. Parameter 1: seconds after which a silent instance is gone. An instance says "<listener> hears <type>@<version>, ...".
 */
export const DECLARED = `alive as (
  select contract from banyan.instances where seen_at > clock_timestamp() - $1 * interval '1 second'
), declared as (
  select distinct split_part(words, ' hears ', 1) as listener, split_part(heard, '@', 1) as type
  from alive, json_each(contract) as module, json_array_elements_text(module.value -> 'listeners') as words,
    string_to_table(split_part(words, ' hears ', 2), ', ') as heard
)`;
