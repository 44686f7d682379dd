export { copyRows } from './copy.js';
export { SPAN_COLUMNS, spanRow } from './copy-text.js';
export { Losses } from './losses.js';
export { PostgresSink } from './postgres-sink.js';
export { currentSegment, tendSegments } from './segments.js';
export { prepareStore } from './store-schema.js';
