import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Audience } from '../events/audience.js';
import { CommittedEvents } from '../events/committed-events.js';
import { Waker } from '../events/wake/waker.js';
import type { PlatformLog } from '../telemetry/platform-log.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { Tasks } from '../telemetry/spans/task.js';
import { IDLE_MS } from '../work/begin.js';
import { EventWriter } from '../work/event-writer.js';
import { UnitsOfWork } from '../work/units-of-work.js';

/** How the app's one pool reaches Postgres. */
export interface DatabaseOptions {
  readonly url: string;
  readonly app: string;
  /** Connections at most. */
  readonly pool: number;
  /** Longest wait for a free one, and for a new one to be made; in milliseconds. */
  readonly waitMs: number;
}

/** Longest wait for one statement and a lock, in milliseconds. */
const TIMEOUTS = { statement: 15_000, query: 20_000, lock: 5_000 };

/**
 * What the platform provides to every module of an app: TypeORM on one pool (entities by `TypeOrmModule.forFeature`, as
 * anywhere), and units of work that publish.
 */
@Module({})
export class PlatformModule {
  static with(database: DatabaseOptions, waker: Waker, log: PlatformLog, spans?: SpanBuffer): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      imports: [typeOrm(database)],
      providers: [
        { provide: Waker, useValue: waker },
        { provide: Tasks, useValue: new Tasks(spans) },
        {
          provide: EventWriter,
          useFactory: (source: DataSource) => new CommittedEvents(waker, new Audience(source), log),
          inject: [DataSource],
        },
        {
          provide: UnitsOfWork,
          useFactory: (source: DataSource, events: EventWriter) => new UnitsOfWork(source, events, spans),
          inject: [DataSource, EventWriter],
        },
      ],
      exports: [UnitsOfWork, Tasks],
    };
  }
}

function typeOrm(database: DatabaseOptions): DynamicModule {
  return TypeOrmModule.forRoot({
    type: 'postgres',
    url: database.url,
    applicationName: database.app,
    poolSize: database.pool,
    autoLoadEntities: true,
    synchronize: false,
    installExtensions: false,
    retryAttempts: 0, // the start says at once what is wrong with the database
    logging: false,
    extra: {
      // Statements are sent without waiting for the answer to the one before: what makes units of work cheap.
      pipeline: true,
      connectionTimeoutMillis: database.waitMs,
      statement_timeout: TIMEOUTS.statement,
      query_timeout: TIMEOUTS.query, // the server's own time-outs can't end a wait on a dead connection
      lock_timeout: TIMEOUTS.lock,
      idle_in_transaction_session_timeout: IDLE_MS,
      keepAlive: true,
    },
  });
}
