import type { Unit } from './unit.js';

/** Isolation of a unit of work; `snapshot` sees one moment throughout (REPEATABLE READ). */
export type Isolation = 'committed' | 'snapshot';

/**
 * Opens units of work for one module. Injected into the module's providers by `WorkModule.as('<module>')`.
 */
export abstract class UnitOfWork {
  /** The module that works here. */
  abstract readonly module: string;

  /**
   * Runs `work` in one transaction under the module's role, and commits. Inside a unit of the same module it joins that
   * unit instead of opening another. Serialization failures and deadlocks are repeated from the start, at most 3 times, so
   * `work` must do nothing but database work.
   */
  abstract run<T>(work: (unit: Unit) => Promise<T>, options?: { isolation?: Isolation }): Promise<T>;

  /**
   * Answers one read-only statement, in one round trip: transaction, role, statement and commit leave together. In a unit that is
   * open it is a statement of that unit.
   *
   * @returns the rows
   */
  abstract ask<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;

  /** Runs read-only `work` in one transaction under the module's role, or in the unit that is open. */
  abstract read<T>(work: (unit: Unit) => Promise<T>, options?: { isolation?: Isolation }): Promise<T>;
}
