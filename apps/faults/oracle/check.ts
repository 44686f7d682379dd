import type { Client } from 'pg';
import type { Asked, Attempted } from './history.js';

/** What the oracle looks at: the database through views that are documented, and files that the system never saw. */
export interface Evidence {
  readonly client: Client;
  readonly folder: string;
  readonly history: readonly Asked[];
  readonly attempts: readonly Attempted[];
  /** How late a dead letter may be seen after its last attempt began, in milliseconds. */
  readonly visibleWithinMs: number;
}

/** Something that must hold. `find` answers with what breaks it: rows or sentences. */
export interface Check {
  readonly name: string;
  readonly says: string;
  find(evidence: Evidence): Promise<readonly unknown[]>;
}

/** A check that is one statement; every row of its answer breaks it. */
export function bySql(name: string, says: string, sql: string): Check {
  return { name, says, find: async ({ client }) => (await client.query(sql)).rows };
}
