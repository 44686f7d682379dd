import { Inject, Injectable } from '@nestjs/common';
import { BenchmarkData } from './benchmark.data.js';

/** What a module with tables offers to benchmarks. */
export interface Resettable {
  /** Keeps products, stock, customers and sellers at their starting values, and forgets what a run made of them. */
  reset(): Promise<void>;
  /** Forgets everything. */
  cleanup(): Promise<void>;
}

/** Injects every module that has tables, in the order in which they forget: what hears of others before those. */
export const EVERY_MODULE = Symbol('benchmark.every-module');

/** Brings the whole marketplace back to a known state between the runs of a benchmark. Nothing else may run meanwhile. */
@Injectable()
export class BenchmarkProcess {
  constructor(
    private readonly marks: BenchmarkData,
    @Inject(EVERY_MODULE) private readonly modules: readonly Resettable[],
  ) {}

  /** Versions are '0', stock is full, counters are 0; carts, orders, payments, shipments and marks are gone. */
  async reset(): Promise<void> {
    for (const module of this.modules) await module.reset();
    await this.marks.forget();
  }

  /** Everything is gone. */
  async cleanup(): Promise<void> {
    for (const module of this.modules) await module.cleanup();
    await this.marks.forget();
  }
}
