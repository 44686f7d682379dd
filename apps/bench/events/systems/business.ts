import { Pool, type PoolClient } from 'pg';
import { type Deed, POOL } from './engine.js';

/** Tables of every system: the business that publishes, and what handlers leave behind. */
const TABLES = `
create schema if not exists bench;
create table if not exists bench.orders (id bigint generated always as identity primary key, n int not null, note text not null);
create table if not exists bench.items (order_id bigint not null, product int not null, quantity int not null, cents int not null,
  primary key (order_id, product));
create table if not exists bench.customers (id int primary key, name text not null, orders int not null);
insert into bench.customers select id, 'a customer of the shop', 0 from generate_series(0, 999) as id on conflict do nothing;
create table if not exists bench.effects (id bigint generated always as identity primary key, listener smallint not null, n int not null);
create table if not exists bench.inbox (listener smallint not null, n int not null, primary key (listener, n));
create table if not exists bench.outbox (id bigint generated always as identity primary key, payload json not null);
`;

const NOTE = 'a row of the business, with some words of ordinary length in it';
const ORDER = 'insert into bench.orders (n, note) values ($1, $2)';
const CUSTOMER = 'select name, orders from bench.customers where id = $1';
const ORDER_ID = `${ORDER} returning id`;
const ITEMS = `insert into bench.items (order_id, product, quantity, cents)
select $1, * from unnest($2::int[], $3::int[], $4::int[])`;
const COUNT = 'update bench.customers set orders = orders + 1 where id = $1';
export const EFFECT = 'insert into bench.effects (listener, n) values ($1, $2)';
export const EFFECTS = 'insert into bench.effects (listener, n) select $1, unnest($2::int[])';

/** Runs a statement in a transaction; it is prepared under the name. @returns the rows */
export type Query = (name: string, text: string, values: unknown[]) => Promise<readonly unknown[]>;

/** Does what a transaction of the business does. No two that run at a time touch the same customer. */
export async function act(deed: Deed, n: number, query: Query): Promise<void> {
  if (deed === 'row') {
    await query('order', ORDER, [n, NOTE]);
    return;
  }
  const customer = n % 1_000;
  await query('customer', CUSTOMER, [customer]);
  const [order] = await query('order-id', ORDER_ID, [n, NOTE]);
  await query('items', ITEMS, [(order as { id: string }).id, [1, 2, 3], [1, 2, 1], [995, 1_250, 4_999]]);
  await query('count', COUNT, [customer]);
}

/** The database of a system that is not ours: plain `pg`, statements prepared by their name, as a careful team has it. */
export class Business {
  readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url, max: POOL, application_name: 'bench business' });
    this.pool.on('error', () => undefined); // whoever uses a broken connection gets its error
  }

  /** Makes the tables, unless they are there. */
  async make(): Promise<void> {
    await this.pool.query(TABLES);
  }

  /** Runs `work` in a transaction. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }

  /** Effects so far. */
  async effects(): Promise<number> {
    return this.count('select count(*)::int as count from bench.effects');
  }

  /** Deliveries that have had an effect. */
  async distinct(): Promise<number> {
    return this.count(
      'select count(*)::int as count from (select distinct listener, n from bench.effects) as d',
    );
  }

  async clear(): Promise<void> {
    await this.pool.query('truncate bench.orders, bench.items, bench.effects, bench.inbox, bench.outbox');
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private async count(sql: string): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(sql);
    return rows[0]?.count ?? 0;
  }
}

/** Runs statements of {@link act} on a connection of `pg`. */
export function on(client: PoolClient): Query {
  return async (name, text, values) => (await client.query(prepared(name, text, values))).rows;
}

/** A prepared statement. */
export function prepared(name: string, text: string, values: unknown[]) {
  return { name, text, values };
}
