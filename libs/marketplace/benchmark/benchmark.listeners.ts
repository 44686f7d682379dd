import { Injectable } from '@nestjs/common';
import { type Heard, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { BenchmarkData } from './benchmark.data.js';
import { TransactionMark } from './contract/benchmark.events.js';
import { MarkStream } from './mark-stream.process.js';

/** Records how transactions ended. */
@Injectable()
export class BenchmarkListeners {
  constructor(
    private readonly marks: BenchmarkData,
    private readonly stream: MarkStream,
  ) {}

  /** Serial: ids are then committed in their order, and a reader that asks for what follows its last id misses nothing. */
  @Listens({ name: 'benchmark.record-mark', to: TransactionMark, serial: true })
  async record(heard: Heard<TransactionMark>, unit: Unit): Promise<void> {
    await this.marks.record(heard.payload, unit);
    unit.afterCommit(() => this.stream.wake());
  }
}
