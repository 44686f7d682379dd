export { checkSource, type SourceReport } from './check-source.js';
export { describeViolations, type Violation } from './violation.js';
