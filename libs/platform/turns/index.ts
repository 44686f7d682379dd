export { LOCK_CLASS, LOCKS } from './locks.js';
export { Turns, type TurnsOptions } from './turns.js';
