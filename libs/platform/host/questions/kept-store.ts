import { type OnModuleDestroy, ServiceUnavailableException } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { hasStore, type StoreReader } from '../../questions/index.js';
import { lostConnection, sqlState } from '../../work/transient.js';

/** Questions that are answered at the same time, and that may wait for their turn. */
const AT_ONCE = 2;
const MAY_WAIT = 16;
/** Longest wait for a turn or a connection, and for one statement; in ms. */
const TURN_WITHIN_MS = 3_000;
const STATEMENT_WITHIN_MS = 5_000;

/**
 * The store of lines and spans, for reading: over two connections of its own, opened when somebody asks and closed when nobody
 * does, so that no question ever takes a connection from the business.
 */
export class KeptStore implements OnModuleDestroy {
  private readonly pool: Pool;
  private readonly busy = new Set<PoolClient>();

  constructor(url: string, app: string) {
    this.pool = new Pool({
      connectionString: url,
      application_name: `${app} questions`,
      max: AT_ONCE,
      idleTimeoutMillis: 10_000,
      connectionTimeoutMillis: TURN_WITHIN_MS,
      statement_timeout: STATEMENT_WITHIN_MS,
      query_timeout: STATEMENT_WITHIN_MS + 1_000, // a server that is stalled keeps no time-out of its own
      options: '-c default_transaction_read_only=on',
      keepAlive: true,
    });
    this.pool.on('error', () => undefined); // an idle connection has gone; the next question opens another
    // The pool does not listen while one is lent: what breaks between two statements is reported by the next one.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** @throws ServiceUnavailableException when the store is away, empty, or too slow for this question */
  async ask<T>(question: (store: StoreReader) => Promise<T>): Promise<T> {
    if (this.pool.waitingCount >= MAY_WAIT) throw crowded();
    const client = await this.pool.connect().catch((error: Error) => {
      throw this.busy.size < AT_ONCE ? away(error) : crowded();
    });
    this.busy.add(client);
    let broken: Error | undefined;
    try {
      if (!(await hasStore(client)))
        throw new ServiceUnavailableException(
          'Nothing was ever kept in this store. Start the apps with TELEMETRY_STORE=true.',
        );
      return await question(client);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) throw error;
      if (sqlState(error) === TOO_LATE)
        throw new ServiceUnavailableException(
          `The answer took longer than ${STATEMENT_WITHIN_MS} ms. Ask for less time, or use the command, which may take longer.`,
        );
      broken = error as Error;
      if (lostConnection(error) || broken.message === NO_ANSWER) throw away(broken);
      throw error;
    } finally {
      this.busy.delete(client);
      client.release(broken);
    }
  }

  /** Cuts what is being answered: whoever asked has gone by now, or was told to. */
  async onModuleDestroy(): Promise<void> {
    for (const client of this.busy) void client.end();
    await this.pool.end();
  }
}

/** SQLSTATE of a statement that was cancelled. */
const TOO_LATE = '57014';

const NO_ANSWER = 'Query read timeout'; // pg gives it neither a code nor a class

function crowded(): ServiceUnavailableException {
  return new ServiceUnavailableException('Too many questions are asked at once. Ask again in a moment.');
}

function away(cause: Error): ServiceUnavailableException {
  return new ServiceUnavailableException(
    'The store of lines and spans does not answer. See whether it runs, and TELEMETRY_DATABASE_URL.',
    { cause },
  );
}
