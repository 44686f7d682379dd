import type pg from 'pg';
import { type Callback, type Messages, PgQuery } from './pg-query.js';
import { statementName } from './statement-name.js';

/** Takes a role for the transaction that it runs in, which may only read. ($1 role) */
const ROLE = {
  name: 'banyan_role',
  text: `select set_config('role', $1, true), set_config('transaction_read_only', 'on', true)`,
};

/** Connections on which {@link ROLE} is prepared. */
const ready = new WeakSet<pg.ClientBase>();

/**
 * A statement with its role before it and one Sync behind both. Until a Sync comes, Postgres keeps what it is sent in one
 * transaction; so the role and the right to read only hold for this statement, and end with it, whether it fails or not. Nothing is left
 * on the connection, and neither BEGIN nor COMMIT is sent.
 */
class AskedUnderRole extends PgQuery {
  readonly #role: string;
  #taken = false;

  constructor(role: string, config: pg.QueryConfig, callback: Callback) {
    // Without a name and parameters it would be sent as a text, and its role with nothing.
    super({ ...config, queryMode: 'extended' } as pg.QueryConfig, undefined, callback);
    this.#role = role;
  }

  override prepare(connection: Messages): void {
    connection.bind({ statement: ROLE.name, values: [this.#role] });
    connection.execute({});
    super.prepare(connection);
  }

  /** The first row is what the role's settings became. */
  override handleDataRow(message: unknown): void {
    if (this.#taken) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Messages): void {
    if (this.#taken) super.handleCommandComplete(message, connection);
    this.#taken = true;
  }
}

/**
 * Answers one statement that only reads, under a module's role, in one round trip and one message to Postgres.
 *
 * @returns the rows
 */
export async function askAlone(
  pool: pg.Pool,
  module: string,
  sql: string,
  parameters: readonly unknown[],
): Promise<unknown[]> {
  const client = await pool.connect();
  // What ends a connection is told to whoever asks on it; an emitter that nobody hears would end the process.
  let broken: Error | undefined;
  const breaks = (error: Error) => {
    broken = error;
  };
  client.on('error', breaks);
  try {
    const role = `banyan_${module}`;
    const prepared = ready.has(client) ? undefined : prepareRole(client, role);
    const rows = await ask(client, role, {
      ...statementName(module, sql),
      text: sql,
      values: [...parameters],
    });
    await prepared;
    return rows;
  } finally {
    client.off('error', breaks);
    client.release(broken);
  }
}

/** Not waited for: it is on its way before the first statement that needs it. */
function prepareRole(client: pg.ClientBase, role: string): Promise<unknown> {
  ready.add(client);
  return client.query({ ...ROLE, values: [role] }).catch(() => ready.delete(client));
}

function ask(client: pg.ClientBase, role: string, config: pg.QueryConfig): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new AskedUnderRole(role, config, (error, result) => {
        if (!error) return resolve(result.rows);
        Error.captureStackTrace(error); // from the socket it says nothing
        reject(error);
      }),
    );
  });
}
