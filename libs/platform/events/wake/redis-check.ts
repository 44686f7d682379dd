import { Redis } from 'ioredis';

/** A Redis that this product can't work on; the message says what to do. */
export class UnsafeRedisError extends Error {
  override readonly name = 'UnsafeRedisError';
  /** True when it only does not answer: that may pass. */
  away = false;
}

/**
 * Asks a Redis whether it is fit for BullMQ: reachable within 3 s, and never evicting (BullMQ itself only warns, and then
 * loses jobs under memory pressure).
 *
 * @throws UnsafeRedisError with one sentence that says how to mend it
 */
export async function refuseUnsafeRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined); // connect() reports it
  try {
    await redis.connect();
    const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as string[];
    if (policy !== undefined && policy !== 'noeviction') {
      throw new UnsafeRedisError(
        `Redis evicts keys when it is full (maxmemory-policy is "${policy}"): set it to "noeviction", ` +
          `for example with: redis-cli CONFIG SET maxmemory-policy noeviction`,
      );
    }
  } catch (error) {
    if (error instanceof UnsafeRedisError) throw error;
    const { host, port } = redis.options;
    const away = new UnsafeRedisError(
      `Redis at ${host}:${port} does not answer (${(error as Error).message}): start it, or correct REDIS_URL, or ` +
        `leave REDIS_URL empty to run BullMQ on Postgres.`,
      { cause: error },
    );
    away.away = true;
    throw away;
  } finally {
    redis.disconnect();
  }
}
