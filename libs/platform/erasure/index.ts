export type { ElsewhereCounts } from './elsewhere.js';
export {
  type Erasure,
  type ErasureOrder,
  erase,
  previewErasure,
  type Surroundings,
  type Undelivered,
} from './erase.js';
export { ErasureRefused, type Subject, subjectOf } from './find.js';
export type { KeptCounts } from './kept.js';
