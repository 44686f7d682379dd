export { Keeper } from './keeper.js';
export { type Limits, limitsOf, type Plan, planFor, type Standing } from './plan.js';
export { readSlices, type Slice, type Whereabouts, whereabouts } from './slices.js';
