import type { IncomingMessage } from 'node:http';
import { formatTraceparent, parseTraceparent, type Trace } from '../../telemetry/call-context.js';
import { Fields, judged } from './fields.js';
import { hopByHop } from './hop-by-hop.js';
import { Unforwardable } from './unforwardable.js';

/** More fields than this are refused; Node's own limit drops what is above it without a word. */
const MOST_FIELDS = 100;
/** Apps that forward to each other more often than this have routes that contradict each other. */
const MOST_FORWARDS = 3;
const VIA = '1.1 banyan';

const HOST = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const CONTROL = /[^\t\x20-\x7e\x80-\xff]/;

/** What the client can't tell about itself: only who forwards knows. */
const TOLD_BY_US: ReadonlySet<string> = new Set([
  'content-length',
  'forwarded',
  'host',
  'traceparent',
  'via',
  'x-real-ip',
]);
const METHODS_WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);

/** The head of a request as it goes on, and whether a body follows it. */
export interface RequestHead {
  /** Names and values in turn. */
  readonly headers: string[];
  readonly hasBody: boolean;
}

/** What of Node's request the head is made from. */
export type Incoming = Pick<IncomingMessage, 'method' | 'httpVersion' | 'rawHeaders'>;

/**
 * Makes the head that goes on: fields of this connection dropped, exactly one Host, a body announced in exactly one way,
 * `X-Forwarded-*` as we know it and not as the client says, one `traceparent`. All other fields pass as they are, in
 * their order and spelling, however often they occur.
 *
 * @param from the client's address
 * @throws Unforwardable when two servers could read the head in two ways, or when it has been forwarded too often
 */
export function requestHead(request: Incoming, from: string | undefined, trace: Trace): RequestHead {
  if (request.rawHeaders.length > MOST_FIELDS * 2) {
    throw new Unforwardable(431, 'The request has too many header fields. Send fewer.');
  }
  const fields = new Fields(request.rawHeaders);
  const host = hostOf(fields);
  const framing = framingOf(fields, request.httpVersion);
  const headers = ['Host', host, ...(framing ?? emptyBody(request.method))];
  passOn(fields, headers, trace);
  if (from !== undefined) headers.push('X-Forwarded-For', from);
  headers.push('X-Forwarded-Host', host, 'X-Forwarded-Proto', 'http', 'Via', via(fields));
  headers.push('traceparent', formatTraceparent(trace));
  return { headers, hasBody: framing !== undefined };
}

function passOn(fields: Fields, headers: string[], trace: Trace): void {
  const dropped = hopByHop(fields);
  const [traceparent, ...more] = fields.valuesOf('traceparent');
  const continued = more.length === 0 && parseTraceparent(traceparent)?.traceId === trace.traceId;
  fields.names.forEach((lower, at) => {
    const name = judged(lower);
    if (TOLD_BY_US.has(name) || name.startsWith('x-forwarded-') || dropped(name)) return;
    if (name === 'tracestate' && !continued) return; // says nothing without the trace it belongs to
    const value = fields.value(at);
    if (CONTROL.test(value)) {
      throw new Unforwardable(400, 'A header field has control characters. Leave them out.');
    }
    headers.push(fields.spelling(at), value);
  });
}

function hostOf(fields: Fields): string {
  const [host, ...more] = fields.valuesOf('host');
  if (host !== undefined && more.length === 0 && HOST.test(host)) return host;
  throw new Unforwardable(
    400,
    'A request has exactly one Host field: a name or an address, with or without a port.',
  );
}

/**
 * How the body is framed. Node's parser has refused most of what is ambiguous; what is left is judged here, because a
 * DELETE with a body of unclear length is how requests are smuggled through proxies.
 */
function framingOf(fields: Fields, httpVersion: string): [string, string] | undefined {
  const codings = fields.valuesOf('transfer-encoding');
  const lengths = fields.valuesOf('content-length');
  if (codings.length + lengths.length > 1) {
    throw new Unforwardable(
      400,
      'The length of the body is told twice. Send Content-Length or Transfer-Encoding, once.',
    );
  }
  const [length] = lengths;
  if (length !== undefined) {
    if (/^\d{1,15}$/.test(length)) return ['Content-Length', length];
    throw new Unforwardable(400, 'Content-Length is a number of bytes.');
  }
  const [coding] = codings;
  if (coding === undefined) return undefined;
  if (httpVersion !== '1.1') {
    throw new Unforwardable(400, 'HTTP/1.0 knows no Transfer-Encoding. Send Content-Length.');
  }
  if (coding.toLowerCase() === 'chunked') return ['Transfer-Encoding', 'chunked'];
  throw new Unforwardable(501, 'chunked is the only Transfer-Encoding that is passed on.');
}

/** Node would announce a chunked body for a POST that says nothing about one. */
function emptyBody(method: string | undefined): string[] {
  return METHODS_WITHOUT_BODY.has(method ?? '') ? [] : ['Content-Length', '0'];
}

function via(fields: Fields): string {
  const before = fields.valuesOf('via').flatMap((value) => value.split(',').map((each) => each.trim()));
  if (before.filter((each) => each === VIA).length >= MOST_FORWARDS) {
    throw new Unforwardable(
      508,
      'Apps forward this request to each other in a circle. Compare the routes that they know.',
    );
  }
  return [...before.filter((each) => !CONTROL.test(each)), VIA].join(', ');
}
