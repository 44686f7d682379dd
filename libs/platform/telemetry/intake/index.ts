export { linesOfFile } from './line-sources.js';
export { takeIn } from './take-in.js';
