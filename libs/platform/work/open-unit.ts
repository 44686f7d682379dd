import type { Duplex } from 'node:stream';
import type { PoolClient, QueryResult } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { AnyEventType, EventOf } from '../events/event.js';
import { Bug } from '../seam/bug.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import type { beginning } from './begin.js';
import { type Answer, commitTogether, type LastStatement } from './commit-together.js';
import { givenUp } from './limit.js';
import { stage } from './stage.js';
import { statementName } from './statement-name.js';
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
  private readonly overActions: ((committed: boolean) => void)[] = [];
  /** Statements sent until now. */
  statements = 0;
  private over = false;
  /** Something in it was undone that may still run. */
  private undone = false;
  /** Why BEGIN or the role was refused: every statement after it only says that the transaction is aborted. */
  beginFailed: unknown;
  /** Why it was ended from outside; undefined while it was not. */
  abandoned: Error | undefined;

  constructor(
    readonly module: string,
    readonly manager: EntityManager,
    private readonly client: PoolClient,
    /** TypeORM's side of the connection: what repositories work with inside the unit. */
    readonly runner: QueryRunner,
    /** Where events leave their spans that are published outside every context. */
    private readonly spans?: SpanBuffer,
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
    const refusal = this.refusal();
    if (refusal) return Promise.reject(refusal);
    this.statements++;
    return this.client.query({ ...statementName(this.module, sql), text: sql, values: [...parameters] });
  }

  /** Runs SQL of the platform's own that takes no parameters, and can't be prepared: savepoints, COMMIT. */
  command(sql: string): Promise<QueryResult> {
    return this.client.query(sql);
  }

  /**
   * Commits, behind some last statements.
   *
   * @returns the answers, that to COMMIT last
   */
  async commit(statements: readonly LastStatement[]): Promise<readonly Answer[]> {
    this.statements += statements.length;
    if (statements.length > 0) return commitTogether(this.client, this.module, statements);
    const { command } = await this.command('COMMIT');
    return [{ rows: [], tag: command }];
  }

  publish<E extends AnyEventType>(type: E, payload: EventOf<E>): void {
    const refusal = this.refusal();
    if (refusal) throw refusal;
    this.staged.push(stage(this.module, type, payload, this.spans));
  }

  afterCommit(action: () => void): void {
    const refusal = this.refusal();
    if (refusal) throw refusal;
    this.commitActions.push(action);
  }

  /** Runs `action` once the unit is over, however it ends; for the platform's own account of it. It must not throw. */
  whenOver(action: (committed: boolean) => void): void {
    this.overActions.push(action);
  }

  /** Remembers this moment, for {@link backTo} when a savepoint is rolled back to. */
  mark(): UnitMark {
    return { staged: this.staged.length, afterCommit: this.commitActions.length };
  }

  /**
   * Forgets what was staged and registered since. What has failed there may still run (`Promise.all` waits for the first failure only):
   * it is refused from now on, so this comes before the statement that rolls back.
   */
  backTo(mark: UnitMark): void {
    this.staged.length = mark.staged;
    this.commitActions.length = mark.afterCommit;
    if (this.undone) return;
    this.undone = true;
    const query = this.runner.query.bind(this.runner);
    const guarded = (...asked: Parameters<typeof query>) => {
      const refusal = this.refusal();
      return refusal ? Promise.reject(refusal) : query(...asked);
    };
    Object.assign(this.runner, { query: guarded });
  }

  /** Why whoever asks may not work in it. */
  private refusal(): Bug | undefined {
    if (this.over) return overBug(this.module);
    const reason = this.undone ? givenUp() : undefined;
    return reason && new Bug(`Too late to work in "${this.module}": ${reason.message}`, { cause: reason });
  }

  /**
   * Ends it from outside, while whoever works in it goes on: its connection is destroyed, and with it the transaction and all that
   * still waits in it. Whoever uses it from now on is refused.
   */
  abandon(reason: Error): void {
    this.over = true;
    this.abandoned = reason;
    this.client.emit('error', reason); // TypeORM gives it back to the pool as broken, and nobody gets it again
    streamOf(this.client).destroy();
  }

  /** The process number of its session in Postgres. */
  get session(): number | undefined {
    return (this.client as unknown as { processID?: number }).processID;
  }

  /** @param committed whether what was done in it stands */
  close(committed: boolean): void {
    this.over = true;
    for (const action of this.overActions) action(committed);
  }
}

/**
 * Opens a transaction under a module's role, by the text that {@link beginning} made. Nothing waits for the answer to BEGIN: it travels with the first statement, so
 * the role costs no round trip, and neither does the transaction. Should it fail, the transaction is aborted and every
 * statement after it fails, so nothing can run outside.
 */
export async function openUnit(
  runner: QueryRunner,
  module: string,
  begin: string,
  spans?: SpanBuffer,
): Promise<OpenUnit> {
  const client = (await runner.connect()) as PoolClient;
  sendTogether(client);
  const begun = client.query(begin);
  // TypeORM must know that a transaction is open, or save() would begin and commit one of its own.
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  const unit = new OpenUnit(module, runner.manager, client, runner, spans);
  begun.catch((error: unknown) => {
    unit.beginFailed = error;
  });
  return unit;
}

/** What is sent in this turn of the event loop leaves in one write: BEGIN, and the first statements of the unit. */
function sendTogether(client: PoolClient): void {
  const stream = streamOf(client);
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function streamOf(client: PoolClient): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}

function overBug(module: string): Bug {
  return new Bug(
    `A unit of work of "${module}" was used after its end: await everything that it starts inside it.`,
  );
}
