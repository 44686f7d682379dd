import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type RunningPostgres, startPostgres } from '#platform/embedded';

/** A private Postgres that can be killed and started again on the same data and port. */
export class PostgresServer {
  private constructor(
    private readonly folder: string,
    private running: RunningPostgres,
  ) {}

  /** @param folder for its data; what a killed machine would lose is not kept from it, what a killed process would is */
  static async start(folder: string): Promise<PostgresServer> {
    return new PostgresServer(folder, await startPostgres({ dataDir: folder, durable: false }));
  }

  get port(): number {
    return Number(new URL(this.running.url).port);
  }

  /** Address of a database of this server, straight or through a proxy's port. */
  url(database: string, port = this.port): string {
    const url = new URL(this.running.url);
    url.pathname = `/${database}`;
    url.port = String(port);
    return url.href;
  }

  /** Runs work on a connection of its own. */
  async with<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.url(database), application_name: 'faults' });
    client.on('error', () => undefined); // the statement that is running reports it
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Ends all of it at once, as a crash of the server would, and starts it again. */
  async crash(): Promise<void> {
    process.kill(this.pid, 'SIGQUIT');
    await this.running.stop(); // waits until it is gone
    this.running = await startPostgres({ dataDir: this.folder, durable: false });
  }

  async stop(): Promise<void> {
    const { home } = JSON.parse(readFileSync(join(this.folder, 'postgres.json'), 'utf8')) as { home: string };
    await this.running.stop();
    rmSync(home, { recursive: true, force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The process that all sessions are children of. */
  private get pid(): number {
    const { home } = JSON.parse(readFileSync(join(this.folder, 'postgres.json'), 'utf8')) as { home: string };
    return Number(readFileSync(join(home, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }
}
