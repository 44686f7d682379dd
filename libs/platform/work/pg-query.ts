import pg from 'pg';

/** The part of pg's connection that our own queries need: writing messages of the protocol. */
export interface Messages {
  /** Texts of the statements that are prepared on this connection, by name. */
  readonly parsedStatements: Readonly<Record<string, string>>;
  bind(message: { statement: string; values: readonly (string | null)[] }): void;
  execute(message: object): void;
  sync(): void;
}

/** pg's query as it treats itself: what it sends, and what it is told of the answers. */
interface Inner {
  readonly callback: Callback;
  prepare(connection: Messages): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Messages): void;
  handleReadyForQuery(connection: Messages): void;
}

/** Told how a query ended. */
export type Callback = (error: Error | undefined, result: pg.QueryResult) => void;

type InnerClass = new (config: pg.QueryConfig, values: undefined, callback: Callback) => pg.Query & Inner;

/** pg's own class of queries, with what it has of methods; pg takes no others on connections that pipeline. */
export const PgQuery = pg.Query as unknown as InnerClass;

/** What a client sends by. */
export function messagesOf(client: pg.ClientBase): Messages {
  return (client as unknown as { connection: Messages }).connection;
}
