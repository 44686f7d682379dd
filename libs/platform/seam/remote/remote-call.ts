import type { WireError } from '../wire-error.js';

/** One call as it crosses the wire. */
export interface RemoteCall {
  /** Name of the business module that is asked. */
  readonly module: string;
  /** The exported token, as its module's contract names it: `StockApi`. */
  readonly token: string;
  readonly method: string;
  /** The arguments as one array in the wire format (`toWire`). */
  readonly args: string;
  readonly context: RemoteContext;
}

/** What a call carries of its caller's context. */
export interface RemoteContext {
  /** W3C trace context. */
  readonly traceparent: string;
  /** Name of the calling module. */
  readonly caller: string;
  /** The operations above this one, outermost first. */
  readonly chain: readonly string[];
  /** What is left of the caller's time, in ms. A duration and no moment: the clocks of two machines differ. */
  readonly remainingMs: number;
  readonly tenant?: string;
  readonly conversation?: string;
  readonly causation?: string;
  /** How many deliveries stand between this work and the request that began it. */
  readonly hops: number;
}

/** What comes back: the result in the wire format, or the error. */
export type RemoteAnswer =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly error: WireError };
