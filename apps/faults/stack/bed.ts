import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { Random } from '../../bench/drive/random.js';
import type { Arm } from '../bed/fault-points.js';
import type { Build } from '../build/build.js';
import { Clients } from '../clients/clients.js';
import { FaultProxy } from '../servers/fault-proxy.js';
import { forgetJobsInPostgres, jobsInPostgres, jobsInRedis } from '../servers/wake-jobs.js';
import { AppProcess } from './app-process.js';
import { crowding } from './crowding.js';
import { type Quiet, UNREST, type Unrest, untilQuiet } from './quiet.js';
import type { Servers } from './servers.js';

/** What BullMQ runs on. */
export type Backend = 'redis' | 'postgres';

/** `together`: two processes that each host everything; `apart`: a process for each module. */
export type Placing = 'together' | 'apart';

/** How a bed is made. */
export interface BedOptions {
  readonly name: string;
  readonly backend: Backend;
  readonly placing: Placing;
  readonly seed: string;
  readonly build: Build;
  readonly servers: Servers;
  /** Settings of the apps beside the bed's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node for the apps. */
  readonly flags?: readonly string[];
  readonly clients?: number;
  readonly paceMs?: number;
  readonly dawdle?: boolean;
  /** Processes of `together`. Default: 2. */
  readonly replicas?: number;
  /** Leaves the apps to be started by the row. */
  readonly unstarted?: boolean;
}

const CLIENTS = 4;
const PACE_MS = 40;

/** The application under test with everything around it: servers behind proxies, processes, clients. */
export class Bed {
  private transfers = 0;
  readonly apps: AppProcess[] = [];
  /** Faults that were injected, for the counts. */
  readonly faults: string[] = [];

  private constructor(
    readonly options: BedOptions,
    readonly database: string,
    readonly folder: string,
    readonly toPostgres: FaultProxy,
    readonly toRedis: FaultProxy,
    readonly clients: Clients,
  ) {}

  static async make(options: BedOptions): Promise<Bed> {
    const { servers, seed } = options;
    const folder = join(servers.scratch, `${options.name}-${options.backend}`.replaceAll(/[^\w-]/g, '_'));
    mkdirSync(folder, { recursive: true });
    const database = await servers.database();
    const random = new Random(`${seed}/network`);
    const toPostgres = await FaultProxy.start(servers.postgres.port, () => random.next());
    const toRedis = await FaultProxy.start(servers.redis.port, () => random.next());
    const clients = new Clients({
      seed,
      clients: options.clients ?? CLIENTS,
      paceMs: options.paceMs ?? PACE_MS,
      dawdle: options.dawdle,
      urls: (module) => bed.urlsOf(module),
      history: join(folder, 'history.jsonl'),
    });
    const bed: Bed = new Bed(options, database, folder, toPostgres, toRedis, clients);
    try {
      if (!options.unstarted) await bed.startApps();
    } catch (error) {
      await bed.stop();
      throw error;
    }
    return bed;
  }

  get backend(): Backend {
    return this.options.backend;
  }

  get servers(): Servers {
    return this.options.servers;
  }

  /** Starts the processes of the placing. */
  async startApps(): Promise<void> {
    const { placing, replicas = 2 } = this.options;
    const names = placing === 'apart' ? ['bank', 'shop', 'audit'] : Array<string>(replicas).fill('together');
    await Promise.all(names.map((name) => this.startApp(name)));
  }

  /** @param build another copy than the bed's own */
  async startApp(app: string, build = this.options.build): Promise<AppProcess> {
    const { flags } = this.options;
    const started = await AppProcess.start({
      app,
      main: build.compiled('apps/faults/bed/main.ts'),
      folder: this.folder,
      env: { ...this.settings(), ...this.options.env },
      flags,
    });
    this.apps.push(started);
    return started;
  }

  /** The settings of the apps: they reach both servers through the proxies. */
  settings(): Record<string, string> {
    const { servers } = this;
    return {
      NODE_ENV: 'test',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      DATA_DIR: this.folder,
      DATABASE_URL: servers.postgres.url(this.database, this.toPostgres.port),
      DATABASE_POOL: '8',
      REDIS_URL: this.backend === 'redis' ? `redis://127.0.0.1:${this.toRedis.port}` : '',
      CALL_SECRET: 'known to this test bed only',
    };
  }

  /** An app that hosts a module, and the deliveries to its listeners. */
  hostOf(module: 'bank' | 'shop' | 'audit', nth = 0): AppProcess {
    const hosts = this.apps.filter(({ app }) => app === 'together' || app === module);
    return hosts[nth % hosts.length] as AppProcess;
  }

  /** Arms a place in every app that hosts a module, and answers with the first that is struck. */
  async strike(module: 'bank' | 'shop' | 'audit', arm: Arm, withinMs = 20_000): Promise<AppProcess> {
    const app = this.hostOf(module);
    // Of a kill the process tells before it is dead; it has been struck when it has died.
    const struck = () => (arm.action === 'kill' ? app.deaths.length : app.strikes(arm.point));
    const before = struck();
    await app.arm(arm);
    await this.until(() => struck() > before, `"${arm.point}" is reached in ${app.app}`, withinMs);
    this.faults.push(`${arm.action} at "${arm.point}"`);
    if (arm.action === 'kill') await app.ready();
    return app;
  }

  /** Kills an app, and waits until it answers again. */
  async kill(app: AppProcess): Promise<void> {
    this.faults.push(`kill ${app.app}`);
    await app.kill();
    await app.ready();
  }

  /** Runs one statement as the owner of the database, past the proxy. */
  query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.servers.postgres.with(
      this.database,
      async (client) => (await client.query<Row>(sql, parameters)).rows,
    );
  }

  /** Holds a connection for the time of some work, past the proxy. */
  connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.servers.postgres.with(this.database, work);
  }

  /** Does one operation by the side, in a mood of one's own. */
  async transfer(mood: string, note?: string): Promise<string> {
    const opId = randomUUID();
    const body = {
      opId,
      from: 1 + (this.transfers++ % 20),
      to: 1 + (this.transfers % 20),
      amount: 1,
      mood,
      note,
    };
    const trace = opId.replaceAll('-', '');
    await this.clients.do({ opId, f: 'transfer', app: 'bank', path: '/bank/transfers', body, trace });
    return opId;
  }

  /** Runs the `banyan` command of the copy under test, on the bed's database. */
  banyan(...args: string[]): Promise<{ code: number; printed: string }> {
    const program = this.options.build.compiled('apps/cli/main.ts');
    const env = { PATH: process.env['PATH'] ?? '', DATABASE_URL: this.servers.postgres.url(this.database) };
    return new Promise((resolve) => {
      execFile(process.execPath, [program, ...args], { env, timeout: 30_000 }, (error, out, err) => {
        const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve({ code, printed: out + err });
      });
    });
  }

  /**
   * Decides about a dead letter as an operator, by the `banyan` command, and writes down before and after it what was decided: the oracle
   * takes nobody's word for it but this.
   *
   * @returns what the command ended with; 0: it was done
   */
  async decide(action: 'replay' | 'discard' | 'resolve', listener: string, event: string): Promise<number> {
    const id = randomUUID();
    const why = action === 'resolve' ? '--evidence' : '--reason';
    const note = (line: object) =>
      appendFileSync(join(this.folder, 'decisions.jsonl'), `${JSON.stringify({ id, ...line })}\n`);
    note({ action, listener, event });
    const said = ['--who', 'faults', why, 'this test bed has decided it'];
    const { code } = await this.banyan('dead-letters', action, listener, event, ...said);
    note({ code });
    return code;
  }

  /** Crashes Postgres and starts it again; where its old port is taken, the proxy leads to the new one. */
  async crashPostgres(): Promise<void> {
    const { postgres } = this.servers;
    await postgres.crash();
    this.toPostgres.leadTo(postgres.port);
  }

  /** Takes from BullMQ everything that it knows. */
  async forgetJobs(): Promise<void> {
    this.faults.push('BullMQ forgets everything');
    if (this.backend === 'redis') await this.servers.redis.direct.flushall();
    else await this.servers.postgres.with(this.database, forgetJobsInPostgres);
  }

  /**
   * Waits for a fact.
   *
   * @param withinMs in milliseconds, on a machine that is not crowded
   * @throws Error naming it when it does not come
   */
  async until(fact: () => boolean | Promise<boolean>, what: string, withinMs = 20_000): Promise<number> {
    const began = performance.now();
    while (!(await fact())) {
      const ms = Math.round(performance.now() - began);
      if (ms > withinMs * crowding()) throw new Error(`Not within ${withinMs} ms, nor after ${ms}: ${what}.`);
      await pause(20);
    }
    return Math.round(performance.now() - began);
  }

  /** Ends all trouble: proxies pass on, stopped processes go on. */
  heal(): void {
    this.toPostgres.make({});
    this.toRedis.make({});
    this.servers.redis.signal('SIGCONT');
    for (const app of this.apps) app.signal('SIGCONT');
  }

  /** Waits until nothing moves any more, and writes down how that went, for the oracle. */
  async rest(withinMs = 60_000, options = { jobs: false }): Promise<Quiet> {
    const quiet = await untilQuiet(() => this.unrest(), withinMs * crowding(), options);
    writeFileSync(join(this.folder, 'rest.json'), JSON.stringify(quiet));
    return quiet;
  }

  /** Whether the delivery of an operation's first event to a listener is dead. */
  async isDead(listener: string, opId: string): Promise<boolean> {
    const rows = await this.query(
      `select from banyan.delivery_states d join banyan.published_events e on e.id = d.event_id
       where d.listener = $1 and e.payload ->> 'opId' = $2 and e.causation is null and d.state = 'dead'`,
      [listener, opId],
    );
    return rows.length > 0;
  }

  /** Id of the event that an operation published. */
  async eventOf(opId: string): Promise<string> {
    const [row] = await this.query<{ id: string }>(
      `select id from banyan.published_events where payload ->> 'opId' = $1 and causation is null`,
      [opId],
    );
    return row?.id as string;
  }

  async isDone(listener: string, event: string): Promise<boolean> {
    const rows = await this.query(
      `select from banyan.delivery_states where listener = $1 and event_id = $2 and state = 'done'`,
      [listener, event],
    );
    return rows.length > 0;
  }

  /** Whether any app has written a line that holds this text. */
  said(text: string): boolean {
    return readdirSync(this.folder).some(
      (name) =>
        name.endsWith('.lines.ndjson') && readFileSync(join(this.folder, name), 'utf8').includes(text),
    );
  }

  /** Answers after a while, for races. */
  after<T>(ms: number, answer: T): Promise<T> {
    return pause(ms, answer, { ref: false });
  }

  /** Ends of processes that nobody had asked for. */
  deaths(): number {
    return this.apps.reduce((sum, { deaths }) => sum + deaths.length, 0);
  }

  /** What the armed places have been struck by so far. */
  strikes(): number {
    const file = join(this.folder, 'points.jsonl');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
  }

  /** Stops the clients and the apps; servers and database stay, for the oracle. */
  async stopApps(): Promise<void> {
    await this.clients.stop();
    await Promise.all(this.apps.map((app) => app.stop()));
  }

  async stop(): Promise<void> {
    this.heal();
    await this.stopApps();
    await Promise.all([this.toPostgres.stop(), this.toRedis.stop()]);
    await this.servers.dropDatabase(this.database);
  }

  private urlsOf(module: 'bank' | 'shop'): string[] {
    return this.apps.filter(({ app }) => app === 'together' || app === module).map(({ url }) => url);
  }

  private unrest(): Promise<Unrest> {
    return this.servers.postgres.with(this.database, async (client) => {
      const { rows } = await client.query<Omit<Unrest, 'jobs'>>(UNREST);
      const jobs = this.backend === 'redis' ? jobsInRedis(this.servers.redis.direct) : jobsInPostgres(client);
      return { ...(rows[0] as Omit<Unrest, 'jobs'>), jobs: await jobs };
    });
  }
}
