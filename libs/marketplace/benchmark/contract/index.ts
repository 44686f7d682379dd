export { MarkStatus, TransactionMark, TransactionType } from './benchmark.events.js';
