import type { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import type { EventWriter } from './event-writer.js';
import { joinRepositories } from './join-repositories.js';
import { ModuleUnitOfWork } from './module-unit-of-work.js';

/** The units of work of every module of an app, by the module's name. */
export class UnitsOfWork {
  private readonly byModule = new Map<string, ModuleUnitOfWork>();

  constructor(
    private readonly source: DataSource,
    private readonly events: EventWriter,
    private readonly spans?: SpanBuffer,
  ) {
    joinRepositories(source);
    surviveEarlyDeath(source);
  }

  of(module: string): ModuleUnitOfWork {
    let work = this.byModule.get(module);
    if (!work) {
      work = new ModuleUnitOfWork(module, this.source, this.events, this.spans);
      this.byModule.set(module, work);
    }
    return work;
  }
}

/**
 * A connection that Postgres ends as soon as it has opened tells so in the very message in which it says that it is open, before whoever
 * asked for it can listen; and an error that nobody hears would end the process. Whoever gets it is told at its first statement.
 */
function surviveEarlyDeath(source: DataSource): void {
  const { master } = source.driver as PostgresDriver;
  master.on('connect', (client: EventEmitter) => client.on('error', () => undefined));
}
