export { Bug } from './bug.js';
export { Fault } from './fault.js';
export { Refusal, type RefusalDetails, type RefusalKind, type RefusalType, refusal } from './refusal.js';
