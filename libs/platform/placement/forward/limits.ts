/** How long and how much one who forwards waits and holds. */
export interface Limits {
  /** Until a connection to the app stands, in ms. @defaultValue 2000 */
  readonly connectMs: number;
  /** From the last byte of the request to the head of the answer, in ms. @defaultValue 15000 */
  readonly answerMs: number;
  /** Between two pieces of a body, either way, in ms. Streams of events may be silent for ever. @defaultValue 30000 */
  readonly idleMs: number;
  /** Requests under way to one address at once; those above it are answered 503. @defaultValue 1024 */
  readonly atOnce: number;
}

/** Fits apps that answer within CALL_TIMEOUT_MS, which is 10 s unless somebody says otherwise. */
export const DEFAULT_LIMITS = {
  connectMs: 2_000,
  answerMs: 15_000,
  idleMs: 30_000,
  atOnce: 1_024,
} as const satisfies Limits;
