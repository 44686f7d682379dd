export { type Balance, type Conservation, conservation } from './conservation.js';
export { type Effect, type Effects, type EffectToShow, listEffects } from './effects.js';
export { type DeliveryState, type EventInContext, type EventStory, eventStory } from './event-story.js';
export type { Gap } from './gaps.js';
export type { Reader } from './reader.js';
export { ConservationWatch } from './watch.js';
