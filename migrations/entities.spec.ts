import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource, getMetadataArgsStorage } from 'typeorm';
import { type TestDatabase, testDatabase } from '#testing';

const MODULES = join(import.meta.dirname, '../libs/marketplace');

/** Every file with entities: `libs/marketplace/<module>/entities/*.entity.ts`. */
const FILES = readdirSync(MODULES, { recursive: true, encoding: 'utf8' }).filter((path) =>
  /^[^/]+\/entities\/[^/]+\.entity\.ts$/.test(path),
);

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await testDatabase();
  for (const file of FILES) await import(join(MODULES, file));
  const entities = getMetadataArgsStorage().tables.map((table) => table.target);
  source = new DataSource({ type: 'postgres', url: database.url, entities });
  await source.initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** What TypeORM would do to the database to make it fit the entities. */
async function differences(): Promise<string[]> {
  return (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);
}

describe('the entities', () => {
  it('say what the migrations make: TypeORM finds nothing to change', async () => {
    expect(await differences()).toEqual([]);
  });

  it('are one per table of every business module', async () => {
    const tables = await database.query<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables
       where schemaname !~ '^(pg_|information_schema$|public$|bullmq$|banyan$)' order by 1`,
    );
    const entities = source.entityMetadatas.map(({ schema, tableName }) => `${schema}.${tableName}`).sort();
    expect(entities).toEqual(tables.map((table) => table.name));
    expect(entities.length).toBeGreaterThan(20);
  });

  it('stand in the folder of the module that owns their schema', () => {
    const folders = new Map(FILES.map((file) => [file.split('/')[0], true]));
    const owners = new Set(source.entityMetadatas.map(({ schema }) => schema));
    expect([...owners].sort()).toEqual([...folders.keys()].sort());
  });

  it('have the same lengths, precisions, keys and nullability as the columns', async () => {
    const columns = await database.query<{ name: string; type: string; nullable: boolean; key: boolean }>(
      `select n.nspname || '.' || relname || '.' || attname as name, format_type(atttypid, atttypmod) as type, not attnotnull as nullable,
         exists (select from pg_index where indrelid = c.oid and indisprimary and attnum = any(indkey)) as key
       from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
       where relkind = 'r' and attnum > 0 and not attisdropped and n.nspname = any($1) order by 1`,
      [source.entityMetadatas.map(({ schema }) => schema)],
    );
    const declared = source.entityMetadatas
      .flatMap(({ schema, tableName, columns: each }) =>
        each.map((column) => ({
          name: `${schema}.${tableName}.${column.databaseName}`,
          type: source.driver.createFullType({
            ...column,
            type: source.driver.normalizeType(column),
          } as never),
          nullable: column.isNullable,
          key: column.isPrimary,
        })),
      )
      .map((column) => ({
        ...column,
        type: column.type.replace(/^TIMESTAMP WITH TIME ZONE$/i, 'timestamp with time zone'),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(declared).toEqual(columns);
  });
});

describe('the comparison', () => {
  it('sees every kind of difference', async () => {
    const changes: [sql: string, mending: RegExp][] = [
      [
        'alter table stock.stock_items alter column data drop not null',
        /stock_items" ALTER COLUMN "data" SET NOT NULL/,
      ],
      [
        'alter table stock.stock_items alter column ytd drop default',
        /stock_items" ALTER COLUMN "ytd" SET DEFAULT/,
      ],
      [
        'alter table stock.reservations alter column quantity type bigint',
        /reservations" (DROP|ALTER) COLUMN "quantity"/,
      ],
      ['alter table stock.reservations drop column at', /reservations" ADD "at"/],
      ['alter table stock.stock_items add column colour text', /stock_items" DROP COLUMN "colour"/],
      [
        'alter table product.products alter column price type numeric(10,2)',
        /products" ALTER COLUMN "price" TYPE numeric\(12,2\)/,
      ],
      [
        'alter table stock.stock_items drop constraint stock_items_not_oversold',
        /ADD CONSTRAINT "stock_items_not_oversold"/,
      ],
      [
        'alter table "order".orders drop constraint orders_tid',
        /"orders" ADD CONSTRAINT .* UNIQUE \("tid"\)/,
      ],
      [
        'alter table "order".order_items drop constraint order_items_order',
        /ADD CONSTRAINT "order_items_order" FOREIGN KEY/,
      ],
      ['drop index cart.cart_items_of_product', /CREATE INDEX "cart_items_of_product"/],
      ['alter table cart.carts drop constraint carts_pkey', /"cart"\."carts" ADD CONSTRAINT .* PRIMARY KEY/],
      ['create index colourful on cart.carts (status)', /DROP INDEX .*"colourful"/],
    ];
    const spoilt = await testDatabase();
    const other = new DataSource({ ...source.options, url: spoilt.url } as never);
    try {
      for (const [sql] of changes) await spoilt.query(sql);
      await other.initialize();
      const queries = (await other.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);
      const unseen = changes.filter(([, mending]) => !queries.some((query) => mending.test(query)));
      expect({ unseen, queries: unseen.length > 0 ? queries : [] }).toEqual({ unseen: [], queries: [] });
    } finally {
      if (other.isInitialized) await other.destroy();
      await spoilt.drop();
    }
  });
});
