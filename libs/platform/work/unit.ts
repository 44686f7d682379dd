import type { EntityManager } from 'typeorm';
import type { AnyEventType, EventOf } from '../events/event.js';
import type { CallContext } from '../telemetry/call-context.js';

/** An event that waits for its unit of work to commit: checked and in words already, so that writing it can't fail in here. */
export interface StagedEvent {
  readonly type: string;
  readonly version: number;
  /** The ordering key. */
  readonly key: string | null;
  /** The payload as JSON. */
  readonly json: string;
  /** What ran when it was published: units that hold several deliveries publish for several traces. */
  readonly context: CallContext;
  /** When it was published, on the clock of `performance.now()`. */
  readonly publishedAt: number;
}

/**
 * One open transaction of one module, under that module's Postgres role. What is written and published through it becomes
 * true together when it commits, or not at all.
 */
export interface Unit {
  /** Name of the module that works. */
  readonly module: string;
  /** TypeORM's manager on this transaction: repositories, query builders, nested transactions as savepoints. */
  readonly manager: EntityManager;
  /**
   * Runs one SQL statement on this transaction. Prepared by its text on each connection, so keep the text constant.
   *
   * @returns the rows
   */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /**
   * Publishes an event: checked against its schema now, written just before the commit.
   *
   * @throws Bug if this module may not publish it, the payload does not fit, or deliveries chase each other
   */
  publish<E extends AnyEventType>(type: E, payload: EventOf<E>): void;
  /** Runs `action` once the unit has committed; never when it rolls back. It must not throw and is not awaited. */
  afterCommit(action: () => void): void;
}
