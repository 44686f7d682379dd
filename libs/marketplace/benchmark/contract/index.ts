export { MarkStatus, TransactionMark, TransactionType } from './benchmark.events.js';
export { notABenchmark, tooManyReaders } from './benchmark.refusals.js';
