import { Pool } from 'pg';

/** Most connections of an app for what the platform itself does all the time: looks at the registry, sweeps, follows levels. */
export const OWN_CONNECTIONS = 2;

/**
 * The connections on which an app keeps itself in the registry and looks for work: apart from the pool of the business, so that nobody
 * takes it for dead because that one is exhausted.
 */
export class OwnConnections {
  private readonly pool: Pool;

  constructor(url: string, app: string) {
    this.pool = new Pool({
      connectionString: url,
      max: OWN_CONNECTIONS,
      application_name: `${app} own`,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 10_000,
      query_timeout: 12_000,
      lock_timeout: 5_000,
      idle_in_transaction_session_timeout: 15_000,
    });
    this.pool.on('error', () => undefined); // an idle connection that drops is replaced; users of a broken one get its error
  }

  /** Runs one statement, and answers with its rows. */
  // biome-ignore lint/suspicious/noExplicitAny: each statement knows its rows, as with a DataSource
  async query(sql: string, parameters: unknown[] = []): Promise<any[]> {
    return (await this.pool.query(sql, parameters)).rows;
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
