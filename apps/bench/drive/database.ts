import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import pg from 'pg';
import { findPostgres } from '#platform/embedded';

/** How long a question waits for a database that is being restarted, in ms. */
const RETURN_WITHIN_MS = 60_000;

/** A row as Postgres hands it out. */
export type Row = Record<string, unknown>;

/** Something that answers SQL: the {@link Database}, or one transaction of a test. */
export interface Questions {
  query<R extends Row = Row>(sql: string, params?: readonly unknown[]): Promise<R[]>;
}

/**
 * The driver's own look at the database, as its owner and read-only. A server that goes away and comes back (also
 * on another port) is found again.
 */
export class Database implements Questions {
  private pool: pg.Pool | undefined;

  /** @param find tells where the server is now; undefined: nowhere */
  constructor(private readonly find: () => Promise<string | undefined>) {}

  /**
   * Asks one question.
   *
   * @throws Error of the statement itself at once; a lost connection only when the server stays away for a minute
   */
  async query<R extends Row = Row>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    const giveUpAt = performance.now() + RETURN_WITHIN_MS;
    for (;;) {
      try {
        const pool = await this.connected();
        return (await pool.query<R>(sql, [...params])).rows;
      } catch (error) {
        if (!isConnectionLoss(error) || performance.now() > giveUpAt) throw error;
        await this.close();
        await pause(500);
      }
    }
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    const pool = this.pool;
    this.pool = undefined;
    await pool?.end();
  }

  private async connected(): Promise<pg.Pool> {
    if (this.pool) return this.pool;
    const url = await this.find();
    if (!url) throw Object.assign(new Error('No database was found.'), { code: 'ECONNREFUSED' });
    const pool = new pg.Pool({
      connectionString: url,
      max: 4,
      connectionTimeoutMillis: 5_000,
      application_name: 'banyan-drive',
      options: '-c default_transaction_read_only=on',
    });
    // An idle connection that dies is found out at the next question; without a listener it would end the process.
    pool.on('error', () => undefined);
    this.pool = pool;
    return pool;
  }
}

/**
 * Where the marketplace's database is: the option, DATABASE_URL (environment, then .env), or the embedded server of the
 * data folder.
 *
 * @returns the URL, or undefined when no server runs there
 */
export async function findDatabase(told: {
  database?: string;
  dataDir?: string;
}): Promise<string | undefined> {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  const setting = (name: string) => process.env[name] || file[name] || undefined;
  const url = told.database ?? setting('DATABASE_URL');
  return url ?? findPostgres(told.dataDir ?? setting('DATA_DIR') ?? '.banyan');
}

/** Classes 08 and 57P: the connection or the server went away. Everything else is about the statement. */
function isConnectionLoss(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return (
    /^(08...|57P0[123]|ECONN.*|EPIPE|ENOENT|ETIMEDOUT)$/.test(code ?? '') ||
    /connection (terminated|timeout|ended)|timeout exceeded when trying to connect|after calling end/i.test(
      message ?? '',
    )
  );
}
