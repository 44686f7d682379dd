import type { IncomingMessage } from 'node:http';
import { formatTraceparent, parseTraceparent, type Trace } from '../call-context.js';

/**
 * Whose traces are continued: everybody's (`trust`), those of peers on this machine or a private network (`private`), or
 * nobody's (`link`). A trace that is not continued is linked to: a new one begins, and its first span says what came.
 */
export type FromOutside = 'trust' | 'private' | 'link';

/** The trace that a request goes on in, if it goes on in one, or the `traceparent` that is only linked to. */
export function traceFromOutside(
  request: IncomingMessage,
  policy: FromOutside = 'trust',
): { trace?: Trace; link?: string } {
  const header = request.headers['traceparent'];
  if (header === undefined) return NOTHING;
  const trace = parseTraceparent(header);
  if (!trace) return NOTHING;
  if (policy === 'trust' || (policy === 'private' && isPrivate(request.socket.remoteAddress ?? ''))) {
    return { trace };
  }
  return { link: formatTraceparent(trace) };
}

const NOTHING = {};

/** Loopback, RFC 1918, link-local and unique local addresses, IPv4 also where it is mapped into IPv6. */
const PRIVATE =
  /^(?:::ffff:)?(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)|^(?:::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

function isPrivate(address: string): boolean {
  return PRIVATE.test(address);
}
