/** The first number of all these advisory locks. */
export const LOCK_CLASS = 7305;

/** Their second numbers, one for each thing that is done by one process at a time. 1 is taken in SQL, by whoever makes or ends a slice. */
export const LOCKS = { keeper: 2, conservation: 3, erasure: 4 } as const;
