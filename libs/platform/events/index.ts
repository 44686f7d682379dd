export { type AnyEventType, type EventOf, type EventType, event } from './event.js';
export { type Heard, Listens, ListensOutside, type ListenOptions } from './listens.js';
