import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { evictionPolicy, evicts } from './redis-check.js';

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
  /** The policy under which it evicts; undefined while it does not, and where nobody tells us. */
  private evicting: string | undefined;
  /** Why there is no connection: a command only says that there is none. */
  private unconnected: Error | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly log: PlatformLog,
  ) {
    redis.on('error', (error) => {
      this.unconnected = error;
    });
    redis.on('ready', () => {
      this.unconnected = undefined;
    });
  }

  start(): void {
    this.timer = setTimeout(() => void this.look().finally(() => !this.stopped && this.start()), EVERY_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /**
   * Asks it now.
   *
   * @throws Error when wake-ups don't go through it, or may get lost in it, with a sentence that says what to do
   */
  async check(): Promise<void> {
    try {
      await this.redis.ping();
    } catch (error) {
      const { what, cure } = plainly(this.unconnected ?? (error as Error));
      throw new Error(`Redis ${what}: deliveries are some four seconds late, none is lost. ${cure}`);
    }
    if (this.evicting !== undefined) throw new Error(evicts(this.evicting));
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
    const [, kept] = await Promise.all([this.redis.set(key, randomUUID(), 'NX'), this.redis.get(key)]);
    const token = kept ?? undefined;
    if (this.token !== undefined && token !== this.token) {
      this.log.error(
        `BullMQ's server lost its state (emptied, restarted without its file, or failed over to one that knew less): ${NOTHING_LOST}`,
      );
    }
    this.token = token;
  }

  private async readPolicy(): Promise<void> {
    const policy = await evictionPolicy(this.redis);
    const evicting = policy === 'unknown' ? undefined : policy; // the start has said so
    if (evicting === this.evicting) return;
    this.evicting = evicting;
    if (evicting === undefined) this.log.info('Redis evicts no keys any more');
    else this.log.error(`${evicts(evicting)}. Until then wake-ups may vanish, and deliveries be late`);
  }

  private fails(failure: Error): void {
    const error = this.unconnected ?? failure;
    const { what, cure } = plainly(error);
    if (this.trouble?.what === what) return;
    this.trouble = { what, since: this.trouble?.since ?? performance.now() };
    this.log.error(`BullMQ's server ${what}: ${NOTHING_LOST}. ${cure}`, { error });
  }

  private worksAgain(): void {
    if (!this.trouble) return;
    const seconds = Math.round((performance.now() - this.trouble.since) / 1_000);
    this.trouble = undefined;
    this.log.info(`BullMQ's server works again after ${seconds} s`);
  }
}

/** What has happened to it, and what somebody can do. */
function plainly({ message }: Error): { readonly what: string; readonly cure: string } {
  if (/^OOM/.test(message))
    return { what: 'is out of memory and takes no wake-ups', cure: 'Raise its maxmemory' };
  if (/^READONLY/.test(message))
    return {
      what: 'takes no writes, as after a failover',
      cure: 'We connect anew: REDIS_URL must lead to the one that does',
    };
  if (/^(LOADING|BUSY|MASTERDOWN)/.test(message)) return { what: 'is not ready yet', cure: 'Wait for it' };
  if (/^(WRONGPASS|NOAUTH|DENIED)/.test(message))
    return {
      what: `does not let us in (${message})`,
      cure: 'Correct user and password in REDIS_URL, and start again',
    };
  if (/^NOPERM/.test(message))
    return { what: `forbids what BullMQ needs (${message})`, cure: 'Allow it there' };
  if (/timed out/i.test(message))
    return {
      what: 'is silent: connected, and it does not answer',
      cure: 'See whether it hangs, and start it again',
    };
  return { what: 'is away', cure: 'Start it' };
}
