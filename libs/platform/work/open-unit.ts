import { createHash } from 'node:crypto';
import type { PoolClient, QueryResult } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { z } from 'zod';
import type { AnyEventType, EventOf } from '../events/event.js';
import { Bug } from '../seam/bug.js';
import { callContext, freshContext } from '../telemetry/call-context.js';
import type { StagedEvent, Unit } from './unit.js';

/** How far a unit had come: what was staged and registered until then. */
export interface UnitMark {
  readonly staged: number;
  readonly afterCommit: number;
}

/**
 * The unit of work that the platform itself holds: what modules see of it is {@link Unit}. One Postgres connection, one
 * transaction; statements may be sent without waiting for each other (the pool's connections pipeline).
 */
export class OpenUnit implements Unit {
  readonly staged: StagedEvent[] = [];
  readonly commitActions: (() => void)[] = [];
  private over = false;

  constructor(
    readonly module: string,
    readonly manager: EntityManager,
    private readonly client: PoolClient,
  ) {}

  /** True once it has committed or rolled back. */
  get closed(): boolean {
    return this.over;
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.execute(sql, parameters)).rows as Row[];
  }

  /** Like {@link query}, with the command's tag and row count. */
  execute(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    if (this.over) return Promise.reject(overBug(this.module));
    return this.client.query({ name: statementName(sql), text: sql, values: [...parameters] });
  }

  /** Runs SQL of the platform's own that takes no parameters, and can't be prepared: savepoints, COMMIT. */
  command(sql: string): Promise<QueryResult> {
    return this.client.query(sql);
  }

  publish<E extends AnyEventType>(type: E, payload: EventOf<E>): void {
    if (this.over) throw overBug(this.module);
    if (!type.from.includes(this.module)) {
      throw new Bug(
        `Module "${this.module}" published ${type.type}, which only ${type.from.join(', ')} may publish: ` +
          `declare an event of your own, or add the module to the event's "from".`,
      );
    }
    const checked = type.schema.safeParse(payload);
    if (!checked.success) {
      const issues = checked.error.issues
        .map((issue: z.core.$ZodIssue) => `${issue.path.join('.')}: ${issue.message}`)
        .join('; ');
      throw new Bug(`${type.type} of module "${this.module}" does not fit its schema: ${issues}`);
    }
    this.staged.push({ type, payload: checked.data, context: callContext() ?? freshContext() });
  }

  afterCommit(action: () => void): void {
    this.commitActions.push(action);
  }

  /** Remembers this moment, for {@link backTo} after a savepoint was rolled back to. */
  mark(): UnitMark {
    return { staged: this.staged.length, afterCommit: this.commitActions.length };
  }

  backTo(mark: UnitMark): void {
    this.staged.length = mark.staged;
    this.commitActions.length = mark.afterCommit;
  }

  close(): void {
    this.over = true;
  }
}

/**
 * Opens a transaction under a module's role. Nothing waits for the answer to BEGIN: it travels with the first statement, so
 * the role costs no round trip, and neither does the transaction. Should it fail, the transaction is aborted and every
 * statement after it fails, so nothing can run outside.
 */
export async function openUnit(runner: QueryRunner, module: string, begin: string): Promise<OpenUnit> {
  const client = (await runner.connect()) as PoolClient;
  const begun = client.query(`${begin}; SET LOCAL ROLE "banyan_${module}"`);
  begun.catch(() => undefined); // the first statement of the unit reports it
  // TypeORM must know that a transaction is open, or save() would begin and commit one of its own.
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  return new OpenUnit(module, runner.manager, client);
}

const names = new Map<string, string>();

/** Postgres prepares a statement once per connection under this name. */
function statementName(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash('sha1').update(sql).digest('base64url');
    if (names.size < 5_000) names.set(sql, name); // texts are constants; the bound is for callers who build them
  }
  return name;
}

function overBug(module: string): Bug {
  return new Bug(
    `A unit of work of "${module}" was used after its end: await everything that it starts inside it.`,
  );
}
