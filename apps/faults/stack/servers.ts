import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { migrate } from '../../../migrations/migrate.js';
import { ROOT } from '../build/build.js';
import { PostgresServer } from '../servers/postgres-server.js';
import { RedisServer } from '../servers/redis-server.js';

const TEMPLATE = 'bed_template';

/** The private servers of a run; each bed gets a database of its own on them, and an empty Redis. */
export class Servers {
  private made = 0;

  private constructor(
    readonly scratch: string,
    readonly postgres: PostgresServer,
    readonly redis: RedisServer,
  ) {}

  /** Starts them, and makes the database that all beds are copied from. */
  static async start(scratch: string): Promise<Servers> {
    const postgres = await PostgresServer.start(join(scratch, 'postgres'));
    const redis = await RedisServer.start(join(scratch, 'redis'), join(ROOT, '.banyan', 'redis'));
    const servers = new Servers(scratch, postgres, redis);
    await servers.onOwn((client) => client.query(`create database ${TEMPLATE}`));
    await migrate({ url: postgres.url(TEMPLATE) });
    const sql = readFileSync(join(ROOT, 'apps/faults/bed/schema.sql'), 'utf8');
    await postgres.with(TEMPLATE, (client) => client.query(sql));
    return servers;
  }

  /** A database with the schema and the test bed's tables. */
  async database(): Promise<string> {
    const name = `bed_${++this.made}`;
    await this.onOwn((client) => client.query(`create database ${name} template ${TEMPLATE}`));
    await this.redis.direct.flushall();
    return name;
  }

  async dropDatabase(name: string): Promise<void> {
    await this.onOwn((client) => client.query(`drop database if exists ${name} with (force)`));
  }

  async stop(): Promise<void> {
    await this.redis.stop();
    await this.postgres.stop();
  }

  private onOwn<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.postgres.with('postgres', work);
  }
}
