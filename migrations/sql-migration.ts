import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A reviewed SQL file as TypeORM's runner wants it. */
export type SqlMigration = (new () => MigrationInterface) & { readonly migration: string };

const FILE = /^(\d{13})-([a-z0-9-]+)\.sql$/;

/**
 * The migrations of a folder, in order. A file is named `<13 digits>-<words>.sql`; one whose first line is `--! breaking`
 * can't be lived with by code that doesn't know it.
 */
export function sqlMigrations(folder: string): SqlMigration[] {
  return readdirSync(folder)
    .filter((file) => FILE.test(file))
    .sort()
    .map((file) => sqlMigration(file, readFileSync(join(folder, file), 'utf8')));
}

function sqlMigration(file: string, sql: string): SqlMigration {
  const [, timestamp, words] = FILE.exec(file) as RegExpExecArray;
  const name = `${words}${timestamp}`; // TypeORM orders by the 13 digits at the end
  return class implements MigrationInterface {
    static readonly migration = name;
    readonly name = name;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql);
      if (sql.startsWith('--! breaking')) {
        await runner.query('insert into banyan.breaking_migrations (name) values ($1)', [name]);
      }
    }

    down(): Promise<void> {
      return Promise.reject(
        new Error(`${file} can't be undone: write a new migration that mends what it did.`),
      );
    }
  };
}
