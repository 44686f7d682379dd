import { type CallContext, formatTraceparent, parseTraceparent, type Trace } from './call-context.js';

/** What is known of the call that an event was published in. */
export interface Origin {
  /** As it was written; whatever stands there, if nobody of us wrote it. */
  readonly traceparent: string;
  /** Undefined where that is none. */
  readonly trace: Trace | undefined;
  /** Whose data it was about; undefined where nobody said. */
  readonly tenant: string | undefined;
}

const TENANT = ' tenant=';
/** Half of a character, which has no encoding. */
const HALF = /\p{Surrogate}/gu;

/**
 * What is kept of a call with the events that it publishes, in one text: its `traceparent` and, where it has a tenant, that one behind
 * it, as W3C baggage writes a value: `00-…-01 tenant=acme`.
 */
export function originText({ trace, tenant }: CallContext): string {
  const traceparent = formatTraceparent(trace);
  return tenant === undefined
    ? traceparent
    : traceparent + TENANT + encodeURIComponent(tenant.replace(HALF, '\ufffd'));
}

/** Reads what {@link originText} has written. */
export function readOrigin(text: string): Origin {
  const at = text.indexOf(TENANT);
  if (at < 0) return { traceparent: text, trace: parseTraceparent(text), tenant: undefined };
  const traceparent = text.slice(0, at);
  return {
    traceparent,
    trace: parseTraceparent(traceparent),
    tenant: decoded(text.slice(at + TENANT.length)),
  };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // written by somebody else
  }
}
