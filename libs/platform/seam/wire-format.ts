/** Deeper than any contract needs; a bound on the stack that foreign bytes can use. */
export const MAX_DEPTH = 64;
/** Values in one argument or result. Shared references are sent as copies, so a small graph could otherwise explode. */
export const MAX_VALUES = 1_000_000;

/** Marks what JSON has no word for: `{"$":"date","v":0}`. Objects with a key of that name are sent as `{"$":"object"}`. */
export const TAG = '$';
