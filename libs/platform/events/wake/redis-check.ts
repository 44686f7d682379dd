import { Redis } from 'ioredis';

/** A Redis that this product can't work on; the message says what to do. */
export class UnsafeRedisError extends Error {
  override readonly name = 'UnsafeRedisError';
}

/** What is to be said of a Redis that an app may start on. */
export interface RedisFinding {
  /** Whether wake-ups go through it now. */
  readonly works: boolean;
  /** What is wrong with it and how to mend that; undefined when nothing is. */
  readonly sentence: string | undefined;
}

/** Longest wait for it, in milliseconds. */
const WITHIN_MS = 3_000;

/** Answers that say what somebody has to correct; whatever else a server says may pass. */
const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|DENIED|ERR invalid password|ERR .*DB index)/;

/** The only policy under which Redis keeps what it was given. */
const KEEPS_ALL = 'noeviction';

/** What BullMQ's scripts call, on one key, harmlessly: what they write is gone again before anybody else could see it. */
const TRIED = `local key, forbidden = KEYS[1], {}
local function try(command, ...)
  local answer = redis.pcall(command, ...)
  if type(answer) == 'table' and answer.err and string.find(answer.err, "can't run", 1, true) then
    forbidden[#forbidden + 1] = command
  end
end
for _, call in ipairs({
  {'SET', key, '1'}, {'GET', key}, {'EXISTS', key}, {'PTTL', key}, {'PEXPIRE', key, 1000}, {'DEL', key}, {'INCR', key}, {'UNLINK', key},
  {'HSET', key, 'a', '1'}, {'HMSET', key, 'a', '1'}, {'HGET', key, 'a'}, {'HMGET', key, 'a'}, {'HGETALL', key}, {'HEXISTS', key, 'a'},
  {'HINCRBY', key, 'a', 1}, {'HDEL', key, 'a'}, {'LPUSH', key, '1'}, {'RPUSH', key, '1'}, {'LLEN', key}, {'LINDEX', key, 0},
  {'LRANGE', key, 0, 0}, {'RPOPLPUSH', key, key}, {'LREM', key, 0, '0'}, {'LTRIM', key, 1, 0}, {'ZADD', key, 1, 'a'}, {'ZSCORE', key, 'a'},
  {'ZCARD', key}, {'ZCOUNT', key, 1, 1}, {'ZRANGE', key, 0, 0}, {'ZRANGEBYSCORE', key, 1, 1}, {'ZREVRANGEBYSCORE', key, 1, 1},
  {'ZREMRANGEBYSCORE', key, 2, 2}, {'ZREM', key, 'b'}, {'ZPOPMIN', key}, {'SADD', key, 'a'}, {'SMEMBERS', key}, {'SCARD', key},
  {'SREM', key, 'a'}, {'XADD', key, '*', 'a', '1'}, {'XTRIM', key, 'MAXLEN', 0}, {'DEL', key},
}) do try(unpack(call)) end
return forbidden`;

/**
 * Asks a Redis whether it is fit for BullMQ: that it lets us in and do what BullMQ does, and never evicts (BullMQ itself only warns,
 * and then loses jobs under memory pressure). One that does not answer within three seconds, or takes nothing now, is no
 * reason not to start: it is only the engine, and may come back.
 *
 * @throws UnsafeRedisError when somebody has to correct something, with one sentence that says what
 */
export async function refuseUnsafeRedis(url: string): Promise<RedisFinding> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: WITHIN_MS,
    commandTimeout: WITHIN_MS,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false, // we ask it ourselves
    retryStrategy: () => null,
  });
  // Why there is no connection is told here; connect() itself only says that it is closed, and that late.
  const failed = new Promise<never>((_, reject) => redis.on('error', reject));
  try {
    return await Promise.race([examine(redis), failed]);
  } catch (error) {
    return found(redis, error as Error);
  } finally {
    redis.disconnect();
  }
}

/** @returns the name of its policy where that is not the one that we need, `unknown` where nobody tells us */
export async function evictionPolicy(redis: Redis): Promise<string | undefined> {
  // INFO tells it, too, and is open where a managed Redis has closed CONFIG.
  const told = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  const policy = told ?? (await redis.config('GET', 'maxmemory-policy').catch(() => []))[1] ?? 'unknown';
  return policy === KEEPS_ALL ? undefined : String(policy);
}

/** The sentence about a Redis that evicts. */
export function evicts(policy: string): string {
  return (
    `Redis evicts keys when it is full (maxmemory-policy is "${policy}"): set it to "${KEEPS_ALL}", ` +
    `in the settings of a managed one, else with: redis-cli CONFIG SET maxmemory-policy ${KEEPS_ALL}`
  );
}

async function examine(redis: Redis): Promise<RedisFinding> {
  await redis.connect();
  const policy = await evictionPolicy(redis);
  if (policy !== undefined && policy !== 'unknown') throw new UnsafeRedisError(evicts(policy));
  const forbidden = await tryCommands(redis);
  if (forbidden.length > 0) throw new UnsafeRedisError(forbids(redis, forbidden));
  const sentence =
    policy &&
    `Redis at ${at(redis)} tells nobody whether it evicts keys when it is full: see to it that its maxmemory-policy is "${KEEPS_ALL}".`;
  return { works: true, sentence };
}

/** @returns the commands of BullMQ that this user may not give */
async function tryCommands(redis: Redis): Promise<string[]> {
  const key = 'banyan:may-we';
  redis.defineCommand('tryAll', { numberOfKeys: 1, lua: TRIED });
  const { tryAll } = redis as unknown as { tryAll(key: string): Promise<string[]> };
  await redis.set(key, '1', 'PX', 1); // what holds for every write is said plainly outside of a script
  await tryAll.call(redis, key); // as a text; from the second time on by its name
  const forbidden = await tryAll.call(redis, key);
  await redis.bzpopmin(key, 0.01); // blocks, and so no script may try it
  return forbidden;
}

function found(redis: Redis, error: Error): RedisFinding {
  if (error instanceof UnsafeRedisError) throw error;
  const { message } = error;
  if (/^NOPERM/.test(message)) throw new UnsafeRedisError(forbids(redis, [message]), { cause: error });
  if (REFUSED.test(message)) {
    throw new UnsafeRedisError(
      `Redis at ${at(redis)} does not let us in (${message.split(',')[0]}): correct REDIS_URL, which holds user, password and database as in redis://user:password@host:6379/0`,
      { cause: error },
    );
  }
  const answered = /^[A-Z]{2,} /.test(message);
  const sentence = answered
    ? `Redis at ${at(redis)} takes no wake-ups now (${message}): see to it there.`
    : `Redis at ${at(redis)} does not answer (${message}): start it, or correct REDIS_URL, or leave REDIS_URL empty to run BullMQ on Postgres.`;
  return { works: false, sentence };
}

function forbids(redis: Redis, what: readonly string[]): string {
  const user = redis.options.username ?? 'default';
  const rules = /one of the keys/.test(what.join()) ? '~banyan:*' : '+@all -@admin';
  return (
    `Redis at ${at(redis)} forbids its user "${user}" what BullMQ needs (${what.join(', ')}): ` +
    `allow it, for example with: ACL SETUSER ${user} ${rules}, or correct REDIS_URL`
  );
}

function at({ options: { host, port } }: Redis): string {
  return `${host}:${port}`;
}
