export { type AnyEventType, type EventOf, type EventType, event } from './event.js';
export { type Heard, isOf, type ListenOptions, Listens, ListensOutside } from './listens.js';
