import { Pool, type PoolClient } from 'pg';
import { POOL } from './engine.js';

/** Tables of every system: the business that publishes, and what handlers leave behind. */
const TABLES = `
create schema if not exists bench;
create table if not exists bench.orders (id bigint generated always as identity primary key, n int not null, note text not null);
create table if not exists bench.effects (id bigint generated always as identity primary key, listener smallint not null, n int not null);
create table if not exists bench.inbox (listener smallint not null, n int not null, primary key (listener, n));
create table if not exists bench.outbox (id bigint generated always as identity primary key, payload json not null);
`;

export const NOTE = 'a row of the business, with some words of ordinary length in it';
export const ORDER = 'insert into bench.orders (n, note) values ($1, $2)';
export const EFFECT = 'insert into bench.effects (listener, n) values ($1, $2)';
export const EFFECTS = 'insert into bench.effects (listener, n) select $1, unnest($2::int[])';

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
    await this.pool.query('truncate bench.orders, bench.effects, bench.inbox, bench.outbox');
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private async count(sql: string): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(sql);
    return rows[0]?.count ?? 0;
  }
}

/** A prepared statement. */
export function prepared(name: string, text: string, values: unknown[]) {
  return { name, text, values };
}
