import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis, type RedisProgram } from '#platform/embedded';
import { freePort, untilOpen } from './ports.js';

/** A private Redis that keeps its data on disk (AOF, every second), can be killed, started again, and told to be short of memory. */
export class RedisServer {
  private child: ChildProcess | undefined;
  private asking: Redis | undefined;

  private constructor(
    private readonly program: RedisProgram,
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** @param folder for its data; `packages` keeps the program where it has to be unpacked first */
  static async start(folder: string, packages: string): Promise<RedisServer> {
    mkdirSync(folder, { recursive: true });
    const server = new RedisServer(await findRedis(packages), folder, await freePort());
    await server.launch();
    return server;
  }

  /** Starts it again, on its old data and port. */
  async launch(): Promise<void> {
    const settings = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: this.folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
      logfile: join(this.folder, 'redis.log'),
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const env = this.program.env ? { ...this.program.env } : undefined;
    this.child = spawn(this.program.path, flags, { stdio: 'ignore', ...(env && { env }) });
    await untilOpen(this.port);
  }

  /** A connection of the orchestrator's own, past the proxy. */
  get direct(): Redis {
    if (!this.asking) {
      this.asking = new Redis(this.port, '127.0.0.1', { maxRetriesPerRequest: null });
      this.asking.on('error', () => undefined); // it comes back with the server
    }
    return this.asking;
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    this.asking?.disconnect();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
