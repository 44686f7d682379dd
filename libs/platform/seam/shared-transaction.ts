import { EntityManager, Repository } from 'typeorm';

/** What to do about code that hands its transaction to another module. */
export const SHARED_TRANSACTION_CURE =
  'Let each module write in a transaction of its own: call before it opens, or publish an event in it.';

/**
 * True when a call across modules hands over something of TypeORM through which the callee would write in its caller's
 * transaction: an entity manager, a repository, a query runner. Looked at on every call across modules, so plain data (nearly
 * every argument) is dismissed by its prototype first.
 */
export function borrowedTransaction(args: readonly unknown[]): boolean {
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    const prototype: unknown = Object.getPrototypeOf(arg);
    if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) continue;
    if (arg instanceof EntityManager || arg instanceof Repository || isQueryRunner(arg)) return true;
  }
  return false;
}

/** Query runners share an interface and no class: each driver has its own. */
function isQueryRunner(value: object): boolean {
  const runner = value as { startTransaction?: unknown; isTransactionActive?: unknown };
  return typeof runner.startTransaction === 'function' && typeof runner.isTransactionActive === 'boolean';
}
