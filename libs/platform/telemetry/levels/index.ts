export { ALL_MODULES, THRESHOLDS } from './levels.js';
export { LevelsWatch } from './levels-watch.js';
export { USUAL, type WantedLevel, wantedLevels, wantLevel } from './wanted-levels.js';
