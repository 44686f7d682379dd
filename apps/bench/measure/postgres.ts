import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '#platform/embedded';
import { endsWithUs } from './ends-with-us.js';

/** The one Postgres of a run: every variant has a database of its own on it, cloned from the same template. */
export class BenchPostgres {
  private readonly made: string[] = [];
  /** So that two runs on one server keep out of each other's way. */
  private readonly run = `bench_${process.pid}_${Date.now().toString(36)}`;

  private constructor(
    private readonly admin: string,
    private readonly end: () => Promise<void>,
  ) {}

  /**
   * Uses the server of `url`, or starts one of its own, durable as in production, in a folder that goes when it stops.
   */
  static async open(url: string | undefined, note: (line: string) => void): Promise<BenchPostgres> {
    if (url) return new BenchPostgres(url, async () => undefined);
    const dataDir = await mkdtemp(join(tmpdir(), 'banyan-bench-'));
    const starting = startPostgres({ dataDir, log: note });
    const end = endsWithUs(async () => {
      await (await starting).stop();
      // Run as root, the server's files stand in a shelter of its user's.
      const { home } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as { home: string };
      for (const folder of [home, dataDir]) await rm(folder, { recursive: true, force: true });
    });
    return new BenchPostgres((await starting).url, end);
  }

  /**
   * Makes a database.
   *
   * @param template name of a database of this run to copy, which nobody may be using
   * @returns its address
   */
  async create(name: string, template?: string): Promise<string> {
    const full = this.nameOf(name);
    await this.asAdmin((client) =>
      client.query(`create database ${full}${template ? ` template ${this.nameOf(template)}` : ''}`),
    );
    this.made.push(full);
    const url = new URL(this.admin);
    url.pathname = `/${full}`;
    return url.href;
  }

  /** Version of the server, for the result. */
  async version(): Promise<string> {
    const rows = await this.asAdmin((client) => client.query('show server_version'));
    return String(rows.rows[0]?.server_version);
  }

  /** Writes what is dirty to the disk now. */
  async checkpoint(): Promise<void> {
    await this.asAdmin((client) => client.query('checkpoint'));
  }

  /** The server's first process, when it runs on this machine; undefined otherwise. */
  async processId(): Promise<number | undefined> {
    return this.asAdmin(async (client) => {
      const { rows } = await client.query('select pg_backend_pid() as pid');
      try {
        // While the connection is open: its process goes with it.
        const stat = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8');
        return stat.includes('(postgres)') ? Number(stat.split(') ')[1]?.split(' ')[1]) : undefined;
      } catch {
        return undefined; // another machine, or not Linux: its processor time stays unknown
      }
    });
  }

  /** Removes every database that was made, and stops the server if it was started here. */
  async close(): Promise<void> {
    await this.asAdmin(async (client) => {
      for (const name of this.made) await client.query(`drop database if exists ${name} with (force)`);
    });
    await this.end();
  }

  private nameOf(name: string): string {
    return `${this.run}_${name.replaceAll('-', '_')}`;
  }

  private async asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return withClient(this.admin, work);
  }
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'banyan bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
