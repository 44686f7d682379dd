export { type Acted, type ActionName, type Actor, discard, replay, resolve, type Target } from './act.js';
export { type Cause, causeOf, type RecordedError } from './cause/cause.js';
export { stackWithCauses } from './cause/stack-text.js';
export { type DeadGroup, type GroupMember, groupDead, membersOf } from './group-dead.js';
export { countDead, type DeadCount, type DeadLetter, type DeadSource, listDead } from './list-dead.js';
export { LATEST, listUnheard, listWaiting, type Unheard, type Waiting } from './list-waiting.js';
export { type OutOfOrder, type Restored, restore, settledOf } from './restore.js';
export {
  type Action,
  type Attempt,
  type DeliveryStory,
  type StoredEvent,
  showDelivery,
} from './show-dead.js';
export {
  countStrays,
  groupOfStray,
  listStrays,
  type StrayJob,
  type StrayStory,
  settleStray,
  showStray,
  TRANSPORT,
} from './strays.js';
