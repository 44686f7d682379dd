/** One connection of `pg`, as a role that sees all deliveries (the owner of the tables). */
export interface Reader {
  query(sql: string, parameters: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Runs `work` on one moment of the database, however long it takes and whatever happens meanwhile. */
export async function inSnapshot<T>(reader: Reader, work: () => Promise<T>): Promise<T> {
  await reader.query('begin transaction isolation level repeatable read read only', []);
  try {
    return await work();
  } finally {
    await reader.query('rollback', []);
  }
}
