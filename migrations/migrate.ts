import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runMigrations as migrateBullmq } from 'bullmq';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { type SqlMigration, sqlMigrations } from './sql-migration.js';

/** Any number will do, as long as every version uses the same. */
const LOCK = 7_305_000_001;

/** The schema of this database is not what this code needs; the message says what to do. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** The folder that holds the SQL files: beside this file in the sources, two folders up from the compiled one. */
export function migrationsFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'migrations');
    if (folder === dirname(folder))
      throw new Error(`No package.json above ${import.meta.dirname}: the migrations are not found.`);
  }
}

/**
 * Brings a database to the schema of this code: once, however many processes ask at the same moment (TypeORM's runner
 * alone ran a data migration three times for three of them). Then BullMQ's own schema likewise.
 *
 * @param options.url the database, as a role that may create schemas and roles
 * @param options.log told each migration that ran
 * @throws SchemaError if the database is newer than this code and not compatible with it, or a right is missing
 */
export async function migrate(options: { url: string; log?: (line: string) => void }): Promise<void> {
  const client = new Client({ connectionString: options.url, application_name: 'banyan migrate' });
  // A server that ends the session between two statements would end this process too; the next statement tells of it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create schema if not exists banyan');
    const known = sqlMigrations(migrationsFolder());
    await refuseNewerSchema(client, known);
    await run(options.url, known, options.log);
    await migrateBullmq(client);
  } catch (error) {
    throw explained(error);
  } finally {
    await client.end().catch(() => undefined); // gives the lock back
  }
}

async function run(url: string, migrations: SqlMigration[], log?: (line: string) => void): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    schema: 'banyan',
    applicationName: 'banyan migrate',
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
  });
  await source.initialize();
  try {
    for (const done of await source.runMigrations()) log?.(done.name);
  } finally {
    await source.destroy();
  }
}

async function refuseNewerSchema(client: Client, known: SqlMigration[]): Promise<void> {
  const table = await client.query(`select to_regclass('banyan.breaking_migrations') is not null as there`);
  if (!table.rows[0].there) return;
  const names = known.map((migration) => migration.migration);
  const unknown = await client.query(
    'select name from banyan.breaking_migrations where name <> all($1) order by 1',
    [names],
  );
  if (unknown.rowCount === 0) return;
  const list = unknown.rows.map((row) => row.name).join(', ');
  throw new SchemaError(
    `This database has a breaking migration that this code does not know (${list}): deploy newer code.`,
  );
}

function explained(error: unknown): unknown {
  const code =
    (error as { code?: string }).code ?? (error as { driverError?: { code?: string } }).driverError?.code;
  if (code !== '42501') return error;
  const reason = (error as Error).message;
  return new SchemaError(
    `The database role lacks a right for the migrations (${reason}): use a role with CREATEROLE that owns the database.`,
    { cause: error },
  );
}
