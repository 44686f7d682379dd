import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm';
import { Bug } from '../seam/bug.js';
import { currentUnit } from './ambient.js';
import { givenUp } from './limit.js';
import { OpenUnit } from './open-unit.js';

/**
 * Makes ordinary repositories (`@InjectRepository`, `dataSource.manager`) work inside the unit of work that is open around
 * them: on its connection, in its transaction, under its module's role. Without it they would take a connection of their own, and what
 * they write would stay when the unit rolls back. Outside a unit they work as they always do.
 */
export function joinRepositories(source: DataSource): void {
  const create = source.createQueryRunner.bind(source);
  source.createQueryRunner = (mode?: ReplicationMode): QueryRunner => {
    const unit = currentUnit();
    const reason = givenUp();
    if (reason) throw new Bug(`Too late to use a repository: ${reason.message}`, { cause: reason });
    return unit instanceof OpenUnit && !unit.closed ? lent(unit.runner) : create(mode);
  };
}

/** The unit's runner, which whoever borrows it can't give back: TypeORM releases what it believes to have made. */
function lent(runner: QueryRunner): QueryRunner {
  return new Proxy(runner, {
    get(target, name) {
      if (name === 'release') return () => Promise.resolve();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
