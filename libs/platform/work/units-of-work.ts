import type { DataSource } from 'typeorm';
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
