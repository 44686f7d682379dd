/** What happened on one edge: `caller` called `operation` of `callee`. Times are in milliseconds. */
export interface EdgeCount {
  /** Name of the calling module, or {@link OUTSIDE}. */
  readonly caller: string;
  /** Name of the module that answers. */
  readonly callee: string;
  /** `<Token>.<method>`. */
  readonly operation: string;
  /** Calls begun, whatever became of them. */
  calls: number;
  /** Calls that ended in a business "no". */
  refusals: number;
  /** Calls that ended in an infrastructure failure, a passed deadline included. */
  faults: number;
  /** Calls that ended in a broken assertion, the seam's own refusals to call included. */
  bugs: number;
  /** Calls that were answered by another process. */
  remote: number;
  /** Calls that this process is answering now; also those that nobody waits for any more. */
  underWay: number;
  /** Calls whose method answered without a promise: such a method can't be moved away. */
  synchronous: number;
  /** Calls that handed over a transaction of the caller: the two write together, so they can't be placed apart. */
  transactions: number;
  /** Calls that came back to an operation that was still running above them. */
  circular: number;
  /** Answers that arrived after their deadline and were dropped. */
  late: number;
  /** Sum over all calls that ended. */
  totalMs: number;
  maxMs: number;
}

/** An edge as the seam counts it. */
export interface CountedEdge extends EdgeCount {
  /** What the spans of its calls have in common. */
  readonly spanDetails: { readonly caller: string; readonly more: { readonly callee: string } };
}

/** The caller of work that runs in no module: a script, a test, a hook of Nest. */
export const OUTSIDE = '(outside)';

const ZERO = {
  calls: 0,
  refusals: 0,
  faults: 0,
  bugs: 0,
  remote: 0,
  underWay: 0,
  synchronous: 0,
  transactions: 0,
  circular: 0,
  late: 0,
  totalMs: 0,
  maxMs: 0,
};

/** Counters of the seam, one record per edge and operation. Their number is bounded by the code: no data is in the key. */
export class SeamCounts {
  readonly #edges = new Map<string, CountedEdge>();

  /** The counters of an edge, to be counted up in place. */
  edge(caller: string | undefined, callee: string, operation: string): CountedEdge {
    const from = caller ?? OUTSIDE;
    const key = `${from} ${callee} ${operation}`;
    let edge = this.#edges.get(key);
    if (!edge) {
      edge = { caller: from, callee, operation, spanDetails: { caller: from, more: { callee } }, ...ZERO };
      this.#edges.set(key, edge);
    }
    return edge;
  }

  /** A copy of all counters. */
  rows(): readonly Readonly<EdgeCount>[] {
    return [...this.#edges.values()].map(({ spanDetails: _, ...edge }) => edge);
  }
}
