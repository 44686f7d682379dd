import type { Client } from 'pg';
import * as catalogue from './schema-catalogue.js';

/** One statement of the dump, and the schema and the place in it where it stands. */
interface Piece {
  readonly schema: string;
  readonly sql: string;
}

const HEAD = `-- The schema that the migrations make: for review, never run by the application. Every change of a migration changes this
-- file too, so that what it really does is seen. Written by \`npm run schema:dump\`; don't edit it by hand.
-- BullMQ's own schema is not here.

set check_function_bodies = off;
`;

/**
 * The schema of a database as SQL that makes it again in an empty one: the same text for the same schema.
 *
 * It is made from the catalogues, since the embedded Postgres comes without pg_dump, and in the order of review: a schema
 * with its functions, tables, grants.
 *
 * @throws Error naming every object of a kind that it can't write yet
 */
export async function dumpSchema(client: Client): Promise<string> {
  // Names are printed with their schema only when the search path does not lead there.
  await client.query(`set search_path to ''`);
  try {
    await refuseUnknownKinds(client);
    const pieces: Piece[] = [];
    for (const sql of catalogue.IN_ORDER) pieces.push(...(await client.query<Piece>(sql)).rows);
    const roles = (await client.query<{ sql: string }>(catalogue.ROLES)).rows.map((row) => row.sql);
    const schemas = [...new Set(pieces.map((piece) => piece.schema))].sort(platformFirst);
    const sections = schemas.map((schema) => section(schema, pieces));
    return `${[HEAD, heading('roles'), ...roles, ...sections].join('\n')}\n`;
  } finally {
    await client.query('reset search_path');
  }
}

function section(schema: string, pieces: readonly Piece[]): string {
  const own = pieces.filter((piece) => piece.schema === schema).map((piece) => piece.sql);
  return ['', heading(`schema ${schema}`), ...own].join('\n');
}

function heading(title: string): string {
  return `-- ${title} ${'-'.repeat(100 - title.length)}`;
}

/** Everything else stands on the platform's schema. */
function platformFirst(a: string, b: string): number {
  return Number(b === 'banyan') - Number(a === 'banyan') || (a < b ? -1 : 1);
}

async function refuseUnknownKinds(client: Client): Promise<void> {
  const { rows } = await client.query<{ what: string }>(catalogue.UNKNOWN);
  if (rows.length === 0) return;
  const list = rows.map((row) => row.what).join(', ');
  throw new Error(`The dump can't write these yet: ${list}. Teach migrations/schema-catalogue.ts to.`);
}
