import { Redis } from 'ioredis';
import { testServers } from './announced.js';

/** A Redis of its own for one spec file: a logical database that nobody else of this run uses. */
export interface TestRedis {
  /** Its address, with the number of the database. */
  readonly url: string;
  /** A prefix for keys and queues that nobody else uses: channels are shared between logical databases. */
  readonly prefix: string;
  /**
   * Empties the database.
   *
   * @throws Error when connections of others to it are still open two seconds later, naming them.
   */
  drop(): Promise<void>;
}

/** Hands out the next logical database of the run's Redis, empty. */
export async function testRedis(): Promise<TestRedis> {
  const server = testServers().redis;
  const number = await withClient(server, (client) => client.incr('databases handed out'));
  const url = `${server}/${number}`;
  return {
    url,
    prefix: `test${number}`,
    drop: async () => {
      const leaks = await withClient(server, async (client) => {
        const patience = Date.now() + 2_000;
        let found = await connectionsTo(client, number);
        while (found.length > 0 && Date.now() < patience) {
          // Waits 20 ms inside Redis for a key that nobody sets.
          await client.blpop('nothing', 0.02);
          found = await connectionsTo(client, number);
        }
        return found;
      });
      await withClient(url, (client) => client.flushdb());
      if (leaks.length === 0) return;
      throw new Error(
        `${leaks.length} connection(s) to ${url} were left open; stop what opened them:\n${leaks.join('\n')}`,
      );
    },
  };
}

async function connectionsTo(client: Redis, number: number): Promise<string[]> {
  const listed = (await client.call('CLIENT', 'LIST')) as string;
  return listed
    .split('\n')
    .filter((line) => new RegExp(`(^| )db=${number}( |$)`).test(line))
    .map((line) => `  ${(line.match(/(^| )(id|addr|name|age|cmd)=\S*/g) ?? []).join('')}`);
}

async function withClient<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    return await work(client);
  } finally {
    await client.quit();
  }
}
