export type { Unit } from './unit.js';
export { type Isolation, UnitOfWork } from './unit-of-work.js';
export { WorkModule, workName } from './work.module.js';
