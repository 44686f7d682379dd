export { type Erasure, type ErasureOrder, erase, previewErasure, type Undelivered } from './erase.js';
export { ErasureRefused, type Subject, subjectOf } from './find.js';
