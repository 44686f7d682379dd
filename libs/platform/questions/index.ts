export { type Behavior, behaviors } from './behaviors.js';
export { type CallEdge, type CallNumbers, callEdges } from './calls.js';
export { type Convergence, convergence } from './convergence.js';
export { type Conversation, conversations, criticalPath, type Stretch } from './conversations.js';
export { keptLines, type LineFilter } from './kept-lines.js';
export {
  asDot,
  asMermaid,
  type DeclaredEdge,
  type MapEdge,
  type ServiceMap,
  serviceMap,
} from './service-map.js';
export { type SlowAnswer, type SlowConversation, slowest } from './slowest.js';
export { hasStore, type KeptLine, type KeptSpan, type StoreReader } from './store.js';
export { type Hop, type TraceStory, traceStory } from './trace-story.js';
export { durationOf, LEVEL_VALUES, momentOf, traceIdOf } from './words.js';
