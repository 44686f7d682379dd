/**
 * Writes migrations/schema.sql: the schema that the migrations make in a fresh database, for people to review. It starts a
 * Postgres of its own for that, so no database of yours is touched.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '#platform/embedded';
import { migrate, migrationsFolder } from './migrate.js';
import { dumpSchema } from './schema-dump.js';

const dataDir = await mkdtemp(join(tmpdir(), 'banyan-schema-'));
const postgres = await startPostgres({ dataDir, durable: false });
try {
  await migrate({ url: postgres.url });
  const client = new Client({ connectionString: postgres.url, application_name: 'banyan schema dump' });
  await client.connect();
  const file = join(migrationsFolder(), 'schema.sql');
  await writeFile(file, await dumpSchema(client));
  await client.end();
  console.log(`Written: ${file}`);
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
