import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { Bug } from '../seam/bug.js';
import { Fault } from '../seam/fault.js';
import { callContext } from '../telemetry/call-context.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { currentUnit, insideUnit } from './ambient.js';
import { askAlone } from './ask-alone.js';
import { type Beginning, beginning } from './begin.js';
import type { EventWriter } from './event-writer.js';
import { givenUp } from './limit.js';
import { OpenUnit, openUnit } from './open-unit.js';
import { lostRace } from './transient.js';
import type { Unit } from './unit.js';
import { type Isolation, UnitOfWork } from './unit-of-work.js';

/** A lost race is run again this often before it becomes the caller's. */
const RACES = 3;

interface Mode extends Beginning {
  /** It is the module's own, and leaves a span; the platform's are part of the hop that they serve. */
  readonly ofModule?: boolean;
  /** How often it is begun at most, where it loses races; default: {@link RACES}. */
  readonly races?: number;
}

/** Units of work of one module on the pool that all modules of an app share. */
export class ModuleUnitOfWork extends UnitOfWork {
  constructor(
    override readonly module: string,
    private readonly source: DataSource,
    private readonly events: EventWriter,
    private readonly spans?: SpanBuffer,
  ) {
    super();
  }

  override run<T>(work: (unit: Unit) => Promise<T>, options: { isolation?: Isolation } = {}): Promise<T> {
    return this.join(work, options);
  }

  override read<T>(work: (unit: Unit) => Promise<T>, options: { isolation?: Isolation } = {}): Promise<T> {
    return this.join(work, { ...options, readOnly: true });
  }

  override ask<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (currentUnit()) return this.read((unit) => unit.query<Row>(sql, parameters));
    return this.askAlone(sql, parameters) as Promise<Row[]>;
  }

  /** Runs `work` in a unit of its own, handing it the platform's side of the unit. */
  async open<T>(work: (unit: OpenUnit) => Promise<T>, mode: Mode = {}): Promise<T> {
    this.refuseLate();
    for (let race = 1; ; race++) {
      try {
        return await this.once(work, mode);
      } catch (error) {
        if (race >= (mode.races ?? RACES) || !lostRace(error)) throw error;
        await pause(race * 10 * (0.5 + Math.random())); // whoever won needs a moment to commit
      }
    }
  }

  private async askAlone(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    this.refuseLate();
    const started = performance.now();
    const { master } = this.source.driver as PostgresDriver;
    let failure: unknown;
    try {
      return await askAlone(master, this.module, sql, parameters);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      leaveSpan({ module: this.module, statements: 1, staged: [] }, { readOnly: true }, started, failure);
    }
  }

  /** @throws Bug where what runs was given up: its effects must not come late */
  private refuseLate(): void {
    const reason = givenUp();
    if (reason) throw new Bug(`Too late to work in "${this.module}": ${reason.message}`, { cause: reason });
  }

  private join<T>(work: (unit: Unit) => Promise<T>, mode: Mode): Promise<T> {
    const around = currentUnit();
    if (!(around instanceof OpenUnit) || around.closed) return this.open(work, { ...mode, ofModule: true });
    if (around.module === this.module) return work(around);
    return Promise.reject(
      new Bug(
        `Module "${this.module}" was asked to work inside a unit of work of "${around.module}": ` +
          `no transaction crosses modules. Commit first, or publish an event.`,
      ),
    );
  }

  private async once<T>(work: (unit: OpenUnit) => Promise<T>, mode: Mode): Promise<T> {
    const runner = this.source.createQueryRunner();
    const started = performance.now();
    const { applicationName = 'banyan' } = this.source.options as { applicationName?: string };
    const begin = beginning(this.module, applicationName, mode, callContext());
    let failure: unknown;
    try {
      const unit = await openUnit(runner, this.module, begin, this.spans);
      try {
        const result = await insideUnit(unit, () => work(unit));
        await this.commit(unit);
        return result;
      } catch (error) {
        if (unit.abandoned) this.endSession(unit);
        else await rollback(unit, error);
        failure = unit.beginFailed ?? error;
        throw failure;
      } finally {
        if (mode.ofModule) leaveSpan(unit, mode, started, failure);
        unit.close(failure === undefined);
        Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
      }
    } finally {
      await runner.release();
    }
  }

  /** What a destroyed connection had sent goes on in Postgres until it is done, and holds its locks; unless its session is ended. */
  private endSession({ session }: OpenUnit): void {
    const { master } = this.source.driver as PostgresDriver;
    master.query('select pg_terminate_backend($1)', [session]).catch(() => undefined); // its own time-outs end it later
  }

  private async commit(unit: OpenUnit): Promise<void> {
    const writing = unit.staged.length > 0 ? this.events.write(unit) : undefined;
    const answers = await unit.commit(writing?.statements ?? []);
    // A statement that failed unnoticed turns COMMIT into a rollback that looks like success.
    if (answers.at(-1)?.tag !== 'COMMIT') {
      throw new Fault('The transaction was rolled back at its commit: a statement had failed unnoticed.', {
        acted: 'no',
      });
    }
    for (const { context, publishedAt } of unit.staged) context.spans?.hop(context, 'publish', publishedAt);
    const wake = writing && (() => writing.committed(answers));
    for (const action of wake ? [wake, ...unit.commitActions] : unit.commitActions) {
      try {
        action();
      } catch (error) {
        this.events.report(error); // it is committed: nobody may take it for failed
      }
    }
  }
}

type Done = Pick<OpenUnit, 'module' | 'statements' | 'staged'>;

function leaveSpan({ module, statements, staged }: Done, mode: Mode, started: number, failure: unknown) {
  const context = callContext();
  if (!context?.spans) return;
  const operation = `${mode.readOnly ? 'read' : 'work'} of ${module}`;
  context.spans.leaf(context, 'unit', operation, started, failure, {
    more: { statements, events: staged.length },
  });
}

async function rollback(unit: OpenUnit, reason: unknown): Promise<void> {
  try {
    await unit.command('ROLLBACK');
  } catch (error) {
    // The connection is gone, and the transaction with it; the reason is what the caller needs to know.
    if (reason instanceof Error && reason.cause === undefined) reason.cause = error;
  }
}
