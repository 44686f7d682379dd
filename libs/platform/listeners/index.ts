export { type Drained, drain } from './drain.js';
export { type Actor, ListenerRefused, pause, resume } from './pause.js';
export { rename } from './rename.js';
export { retire } from './retire.js';
export {
  type Blocked,
  type BlockedKey,
  type ListenerChange,
  type ListenerView,
  viewListeners,
} from './view.js';
