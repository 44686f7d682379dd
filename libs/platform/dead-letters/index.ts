export { countDead, type DeadCount, type DeadLetter, type DeadSource, listDead } from './list-dead.js';
