export { type AnyEventType, type EventOf, type EventType, event } from './event.js';
export { because } from './heard.js';
export {
  type Heard,
  type HeardOutside,
  isOf,
  type ListenOptions,
  Listens,
  ListensInBatches,
  ListensOutside,
  type NotDone,
  type Pace,
} from './listens.js';
export { ERASED, type PathIn, type Personal } from './personal.js';
