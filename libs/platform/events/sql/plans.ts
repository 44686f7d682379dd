/**
 * The plans of the platform's own statements leave partitions out by their parameters from here on; planned with its values each time, a
 * claim takes longer to plan than to do, and so does the record of a failure (0.13 ms of Postgres for each).
 */
export const PLANS_LEAVE_OUT = 'SET LOCAL plan_cache_mode = force_generic_plan';

/** What the listener's own code asks is planned as ever. */
export const PLANS_AS_EVER = 'SET LOCAL plan_cache_mode = auto';
