/**
 * What kind of hop a span is. In brackets what OpenTelemetry calls it.
 *
 * - `request`: an HTTP request that came in (SERVER)
 * - `forward`: an HTTP request that was sent on to where its module answers (CLIENT)
 * - `call`: a call across modules, as its callee sees it (INTERNAL in one process, SERVER from another)
 * - `ask`: a call to a module in another process, as its caller sees it (CLIENT)
 * - `unit`: a unit of work, from BEGIN to COMMIT or ROLLBACK (CLIENT)
 * - `publish`: an event, from being published to its commit (PRODUCER)
 * - `wake`: a lane that was worked on because somebody announced something in it (CONSUMER)
 * - `delivery`: one attempt at one delivery (CONSUMER)
 * - `fetch`: a request to the outside world (CLIENT)
 * - `task`: work that nobody asked for: scheduled, or a sweep (INTERNAL)
 */
export type SpanKind =
  | 'request'
  | 'forward'
  | 'call'
  | 'ask'
  | 'unit'
  | 'publish'
  | 'wake'
  | 'delivery'
  | 'fetch'
  | 'task';

/**
 * How a hop ended. `refusal`, `fault` and `bug` are the three kinds of "no"; `undone`: it went well, and was rolled back
 * with the unit of work that it was part of.
 */
export type Outcome = 'ok' | 'refusal' | 'fault' | 'bug' | 'undone';

/** Facts that only some kinds of span have; plain data, and little of it. */
export interface SpanDetails {
  /** Name of the module that asked, or `(outside)`. */
  readonly caller?: string;
  /** Status of the HTTP answer. */
  readonly status?: number;
  /** Id of the event that was delivered. */
  readonly event?: string;
  /** Which attempt at the delivery, from 1. */
  readonly attempt?: number;
  /** How long it had waited before it began, in ms. */
  readonly waitedMs?: number;
  /** Another span that this one follows without being its child: the attempt before, the trace from outside. A `traceparent`. */
  readonly link?: string;
  /** What else there is to know, by name; ends in `details` of the store, and among the attributes of OpenTelemetry. */
  readonly more?: Readonly<Record<string, string | number | boolean>>;
}

/** A hop that is over, as those get it who keep it or send it on. Nothing secret in it, every text bounded. */
export interface Span {
  /** 32 hex digits. */
  readonly trace: string;
  /** 16 hex digits. */
  readonly span: string;
  /** The span that it belongs under, 16 hex digits; undefined: it begins the trace. */
  readonly parent: string | undefined;
  readonly kind: SpanKind;
  /** What ran, as in the lines written meanwhile: `POST /cart/:customerId/checkout`, `StockApi.reserve`, a listener's name. */
  readonly operation: string;
  readonly module: string | undefined;
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  /** How long it took, in ms. */
  readonly ms: number;
  readonly outcome: Outcome;
  /** Class and message of what was thrown. */
  readonly error: string | undefined;
  readonly details: SpanDetails | undefined;
  /** Other spans of its trace were left out. */
  readonly partial: boolean;
}
