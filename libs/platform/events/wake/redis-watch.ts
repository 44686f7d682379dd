import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { PlatformLog } from '../../telemetry/platform-log.js';

const EVERY_MS = 2_000;

/** What everybody has to know of it, wherever they read of trouble. */
const NOTHING_LOST =
  'no delivery is lost: Postgres has them all, and the sweep finds those that nobody was woken for';

/** Looks at the Redis under BullMQ while the app runs, and says in plain words, once each, what has happened to it. */
export class RedisWatch {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** What the server was given to remember, by whichever process came first. */
  private token: string | undefined;
  private trouble: { readonly what: string; readonly since: number } | undefined;
  private policy = 'noeviction';

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly log: PlatformLog,
  ) {}

  start(): void {
    this.timer = setTimeout(() => void this.look().finally(() => !this.stopped && this.start()), EVERY_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Looks once; never fails. */
  async look(): Promise<void> {
    try {
      await this.remember();
      await this.readPolicy();
      this.worksAgain();
    } catch (error) {
      if (!this.stopped) this.fails(error as Error);
    }
  }

  private async remember(): Promise<void> {
    const key = `${this.prefix}:remembers`;
    await this.redis.set(key, randomUUID(), 'NX');
    const token = (await this.redis.get(key)) ?? undefined;
    if (this.token !== undefined && token !== this.token) {
      this.log.error(
        `BullMQ's server lost its state (emptied, restarted without its file, or failed over to one that knew less): ${NOTHING_LOST}`,
      );
    }
    this.token = token;
  }

  /** A server that does not let us ask is believed: the start could not ask either. */
  private async readPolicy(): Promise<void> {
    const [, policy = 'noeviction'] = (await this.redis
      .config('GET', 'maxmemory-policy')
      .catch(() => [])) as string[];
    if (policy === this.policy) return;
    this.policy = policy;
    if (policy === 'noeviction') this.log.info('Redis evicts no keys any more');
    else
      this.log.error(
        `Redis evicts keys when it is full since somebody set maxmemory-policy to "${policy}": wake-ups will be late. ` +
          `Set it back: redis-cli CONFIG SET maxmemory-policy noeviction`,
      );
  }

  private fails(error: Error): void {
    const what = plainly(error);
    if (this.trouble?.what === what) return;
    this.trouble = { what, since: this.trouble?.since ?? performance.now() };
    this.log.error(`BullMQ's server ${what}: ${NOTHING_LOST}`, { error });
  }

  private worksAgain(): void {
    if (!this.trouble) return;
    const seconds = Math.round((performance.now() - this.trouble.since) / 1_000);
    this.trouble = undefined;
    this.log.info(`BullMQ's server works again after ${seconds} s`);
  }
}

function plainly({ message }: Error): string {
  if (/^OOM/.test(message)) return 'is out of memory and takes no wake-ups (raise maxmemory)';
  if (/^READONLY/.test(message)) return 'takes no writes, as after a failover; connecting anew';
  if (/^(LOADING|BUSY|MASTERDOWN)/.test(message)) return 'is not ready yet';
  if (/timed out/i.test(message)) return 'is silent: connected, and it does not answer';
  return 'is away';
}
