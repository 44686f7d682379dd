import { ACROSS } from './across.js';
import { DELIVERIES } from './deliveries.js';
import type { Invariant } from './invariant.js';
import { MARKS } from './marks.js';
import { ORDERS } from './orders.js';
import { STOCK } from './stock.js';

/**
 * The invariants of the specification, section 7, in its order. I13 is judged on every dashboard answer while the run lasts
 * (dashboard.ts); the causal counter of section 8 is in causal.ts.
 */
export const INVARIANTS: readonly Invariant[] = [
  ...STOCK,
  ...ORDERS,
  ...ACROSS,
  ...MARKS,
  ...DELIVERIES,
].sort((one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)));
