/** What an invariant may need to know of the run that is judged. */
export interface Scope {
  /** What the run's tids begin with: `<run>-`. */
  readonly tidPrefix: string;
  /** The sellers that the run loaded, both included. */
  readonly firstSeller: number;
  readonly lastSeller: number;
  /** Units of each of their products at the start. */
  readonly qty: number;
  /** tids that the system accepted (2xx) and that end with a mark. */
  readonly accepted: readonly string[];
}

/** A statement about the data at rest: its SQL answers the rows that violate it. */
export interface Invariant {
  /** Number in the specification, section 7. */
  readonly id: string;
  /** What must hold, in words. */
  readonly claim: string;
  /** One SELECT; every row that it answers is a violation. */
  readonly sql: string;
  /** Values of $1, $2, ... out of the run. */
  readonly params?: (scope: Scope) => readonly unknown[];
}
