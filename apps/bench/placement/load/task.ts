import type { ChainName } from './chains.js';

/** What the load is told to do. */
export interface LoadTask {
  readonly chain: ChainName;
  readonly url: string;
  /** Requests outstanding at any time, each on a connection of its own. */
  readonly concurrency: number;
  readonly seconds: number;
  /** How many orders there are to track. */
  readonly orders: number;
  /** Customers whose carts may be checked out. */
  readonly firstCart: number;
  readonly lastCart: number;
  /** Begins the ids of the checkouts, so that none is asked twice. */
  readonly prefix: string;
}

/** What it measured. */
export interface LoadResult {
  /** Requests with the expected answer. */
  readonly answered: number;
  /** Requests with another answer, or none. */
  readonly aborts: number;
  /** Those, by status or by error. */
  readonly refused: Readonly<Record<string, number>>;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Whether the carts were used up before the time was. */
  readonly ranOut: boolean;
  /** Milliseconds, of the answered. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly usedCarts: number;
}
