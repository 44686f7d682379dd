/** What is published: 1 KB as JSON. */
export interface Payload {
  /** Number of the event within its piece, from 0. */
  readonly n: number;
  readonly text: string;
}

/**
 * What a transaction of the business does: `row` writes one row, the least that there can be; `order` is what an ordinary application
 * does for an order, in four statements.
 */
export type Deed = 'row' | 'order';

/** How a system is to publish and to listen in a piece. */
export interface Setup {
  /** The way of the variant: `single`, `batches`. */
  readonly way: string;
  /** Listeners of each event. */
  readonly listeners: 1 | 3;
  /** Deliveries in a hundred that fail at their first attempt. */
  readonly failing: number;
  /** What a transaction of the business does. */
  readonly deed: Deed;
}

/** Told of each run of a handler, before it does anything. */
export type Heard = (n: number, listener: number) => void;

/** A system that can be measured: it moves events from business transactions to handlers. */
export interface Engine {
  /** Empties everything. Nothing may be published or listened to meanwhile. */
  clear(): Promise<void>;
  /** Publishes events that stand together, in one transaction where the system has one. */
  publish(setup: Setup, events: readonly Payload[]): Promise<void>;
  /**
   * One transaction of the business, which does its deed.
   *
   * @param publish whether it publishes the event
   * @param committed told as soon as the answer to COMMIT has come
   */
  transact(setup: Setup, event: Payload, publish: boolean, committed?: () => void): Promise<void>;
  /** Handles events from now on. */
  listen(setup: Setup, heard: Heard): Promise<void>;
  /** Handles none any more. */
  unlisten(): Promise<void>;
  /** Effects in the database so far; undefined where a handler has none. */
  effects(setup: Setup): Promise<number | undefined>;
  /** Different deliveries among them: fewer where one had its effect twice. */
  distinct(): Promise<number>;
  close(): Promise<void>;
}

/** Events that are published together. */
export const TOGETHER = 100;

/** Jobs of one listener in work at a time, where a system handles them one by one. */
export const CONCURRENCY = 16;

/** Most database connections of a system for business and effects. */
export const POOL = 16;

/** When a failed job is tried again, in ms, where a system lets one choose: the middle of the platform's own first wait. */
export const RETRY_MS = 150;

/** The failure that a handler is told to have. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** Whether a delivery is one of those that fail at their first attempt. */
export function failsNow(setup: Setup, n: number, attempt: number): boolean {
  return attempt === 1 && n % 100 < setup.failing;
}
