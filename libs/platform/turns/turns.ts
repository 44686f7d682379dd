import { Client, type ClientConfig } from 'pg';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { LOCK_CLASS, LOCKS } from './locks.js';

/** What is done in turns, and how. */
export interface TurnsOptions {
  readonly url: string;
  readonly app: string;
  readonly log: PlatformLog;
  /** What the turn is for: whose lock it takes, and how its connection is called (`marketplace keeper`). */
  readonly of: keyof typeof LOCKS;
  /** How often each process looks, in ms. */
  readonly everyMs: number;
  /** How long a statement on that connection may wait or run, in ms. */
  readonly timeouts: Pick<ClientConfig, 'lock_timeout' | 'statement_timeout'>;
  /** What the log says when it fails for the first time, and when it has come back. */
  readonly says: { readonly failed: string; readonly again: string };
}

/**
 * What every process looks after, and one at a time does. Whose turn it is, an advisory lock decides, for as long as the work takes: a process
 * that dies loses its turn with its connection. The connection is its own, and there only while it works, so that the work goes on while
 * all others are taken. What fails is told once, and tried on.
 */
export class Turns {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private client: Client | undefined;
  private failing = false;
  private ended = false;

  constructor(private readonly options: TurnsOptions) {}

  /** Whether {@link stop} was called: long work asks between its steps. */
  get stopped(): boolean {
    return this.ended;
  }

  /**
   * Looks from now on.
   *
   * @param look what each process does each time; may {@link take} its turn
   * @param firstWithinMs the first time is at a random moment until then, so that processes that start together don't meet
   */
  start(look: () => Promise<unknown>, firstWithinMs: number = this.options.everyMs): void {
    this.schedule(look, firstWithinMs * Math.random());
  }

  /** What is under way is given up, at once and as it stands: the next process finishes it. */
  async stop(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    const client = this.client as unknown as { connection: { stream: { destroy(): void } } } | undefined;
    client?.connection.stream.destroy();
    await this.running;
  }

  /**
   * Does `work` now, unless another process does it.
   *
   * @param first what is done by everybody, whosever turn it is
   * @returns what `work` says: whether it did anything; false when it is another's turn
   */
  async take(
    work: (client: Client) => Promise<boolean>,
    first?: (client: Client) => Promise<unknown>,
  ): Promise<boolean> {
    const { url, app, of, timeouts } = this.options;
    const client = new Client({
      connectionString: url,
      application_name: `${app} ${of}`,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      ...timeouts,
    });
    client.on('error', () => undefined); // the statement under way reports it
    this.client = client;
    try {
      await client.connect();
      await first?.(client);
      const { rows } = await client.query(`select pg_try_advisory_lock(${LOCK_CLASS}, ${LOCKS[of]}) as mine`);
      return rows[0].mine && (await work(client));
    } finally {
      this.client = undefined;
      await client.end().catch(() => undefined);
    }
  }

  private schedule(look: () => Promise<unknown>, inMs: number): void {
    if (this.ended) return;
    this.timer = setTimeout(() => {
      this.running = this.once(look).finally(() => this.schedule(look, this.options.everyMs));
    }, inMs);
  }

  private async once(look: () => Promise<unknown>): Promise<void> {
    const { log, says } = this.options;
    try {
      await look();
      if (this.failing) log.info(says.again);
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.ended) log.warn(`${says.failed}; trying on`, { error });
      this.failing = true;
    }
  }
}
