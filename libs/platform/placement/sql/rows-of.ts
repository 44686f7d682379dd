/** Runs one statement as the app's own database user: a DataSource, a pool or a client. */
export interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** The rows of a statement: TypeORM answers with them, pg with a result that holds them. Not for a bare UPDATE or DELETE. */
export async function rowsOf<Row>(
  database: Queryable,
  sql: string,
  parameters: unknown[] = [],
): Promise<readonly Row[]> {
  const answer = (await database.query(sql, parameters)) as
    | readonly Row[]
    | { readonly rows: readonly Row[] };
  return 'rows' in answer ? answer.rows : answer;
}
