import type pg from 'pg';
import { type Callback, type Messages, messagesOf, PgQuery } from './pg-query.js';
import { statementName } from './statement-name.js';

/** A statement that goes before COMMIT. Its text is constant; Postgres reads each value by the type of its parameter. */
export interface LastStatement {
  readonly sql: string;
  readonly values: readonly (string | number | null)[];
}

/** What Postgres answered to one of them. */
export interface Answer {
  /** The rows, each value as Postgres writes it. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** The command's tag: INSERT 0 1. */
  readonly tag: string;
}

const COMMIT = { name: 'banyan_commit', text: 'COMMIT' };

const AS_WRITTEN = { getTypeParser: () => (value: unknown) => value };

interface Bound {
  readonly name: string;
  readonly values: readonly (string | null)[];
}

/**
 * Prepared statements and COMMIT in one message with one Sync behind all of them: Postgres is woken once and answers once, where
 * each would have been read, answered and waited for by itself. What fails keeps Postgres from everything behind it.
 */
class Together extends PgQuery {
  readonly answers: Answer[] = [];
  #rows: (readonly (string | null)[])[] = [];
  readonly #statements: readonly Bound[];

  constructor(statements: readonly Bound[], callback: Callback) {
    super({ ...COMMIT, queryMode: 'extended' } as pg.QueryConfig, undefined, callback);
    this.#statements = statements;
  }

  override prepare(connection: Messages): void {
    for (const { name, values } of this.#statements) {
      connection.bind({ statement: name, values });
      connection.execute({});
    }
    connection.sync();
  }

  override handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.#rows.push(fields);
  }

  override handleCommandComplete({ text }: { text: string }): void {
    this.answers.push({ rows: this.#rows, tag: text });
    this.#rows = [];
  }

  override handleReadyForQuery(): void {
    this.callback(undefined, undefined as never);
  }
}

/**
 * Runs statements and COMMIT, all of them sent before the first answer.
 *
 * @returns the answers, that to COMMIT last
 */
export async function commitTogether(
  client: pg.ClientBase,
  module: string,
  statements: readonly LastStatement[],
): Promise<readonly Answer[]> {
  const { parsedStatements } = messagesOf(client);
  const bound = [...statements.map(({ sql, values }) => bind(module, sql, values)), COMMIT_BOUND];
  if (bound.every(({ name }) => name !== undefined && parsedStatements[name] !== undefined)) {
    return together(client, bound as readonly Bound[]);
  }
  // The first time on this connection: pg prepares each, and remembers that it has.
  const sent = statements.map((statement) => alone(client, module, statement));
  return Promise.all([...sent, client.query({ ...COMMIT, rowMode: 'array' }).then(answerOf)]);
}

/** Runs one of them by itself. */
async function alone(client: pg.ClientBase, module: string, { sql, values }: LastStatement): Promise<Answer> {
  const config = { ...statementName(module, sql), text: sql, values: [...values], rowMode: 'array' as const };
  return answerOf(await client.query({ ...config, types: AS_WRITTEN as never }));
}

const COMMIT_BOUND = { name: COMMIT.name, values: [] };

function bind(module: string, sql: string, values: LastStatement['values']) {
  return {
    ...statementName(module, sql),
    values: values.map((value) => (value === null ? null : String(value))),
  };
}

function together(client: pg.ClientBase, bound: readonly Bound[]): Promise<readonly Answer[]> {
  return new Promise((resolve, reject) => {
    const query = new Together(bound, (error) => {
      if (!error) return resolve(query.answers);
      Error.captureStackTrace(error); // from the socket it says nothing
      reject(error);
    });
    client.query(query);
  });
}

function answerOf({ command, rowCount, rows }: pg.QueryArrayResult): Answer {
  return { rows, tag: command === 'INSERT' ? `INSERT 0 ${rowCount}` : command };
}
