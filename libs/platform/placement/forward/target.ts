import { Unforwardable } from './unforwardable.js';

const ABSOLUTE = /^http:\/\/([^/?#]*)([/?].*)?$/i;
const HIDDEN_SEPARATOR = /\\|%(?:2f|5c|00)/i;
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})/i;

/** Where a request goes, once its address is known to mean the same to everybody who reads it. */
export interface Target {
  /** Path and query, byte for byte as they came. */
  readonly pathAndQuery: string;
  /** What is routed: the same bytes up to the `?`. */
  readonly path: string;
}

/**
 * Reads the target of a request line. The absolute form (`GET http://shop/…`) is taken when it names the same host as
 * the `Host` field, and loses scheme and host.
 *
 * @throws Unforwardable on whatever one server resolves and the next takes literally: dot segments, encoded slashes,
 *   backslashes, NUL, a fragment
 */
export function targetOf(url: string, host: string | undefined): Target {
  const pathAndQuery = url.startsWith('/') ? url : originForm(url, host);
  const query = pathAndQuery.indexOf('?');
  const path = query === -1 ? pathAndQuery : pathAndQuery.slice(0, query);
  if (pathAndQuery.includes('#') || HIDDEN_SEPARATOR.test(path) || DOT_SEGMENT.test(path)) {
    throw new Unforwardable(
      400,
      'The address has dot segments, encoded slashes, backslashes or a fragment. Ask for the plain path.',
    );
  }
  if (BROKEN_ESCAPE.test(path)) {
    throw new Unforwardable(400, 'The address has a % that no two hex digits follow. Encode it as %25.');
  }
  return { pathAndQuery, path };
}

function originForm(url: string, host: string | undefined): string {
  const match = ABSOLUTE.exec(url);
  if (!match || match[1]?.toLowerCase() !== host?.toLowerCase()) {
    throw new Unforwardable(400, 'The request line must name a path, or the same host as the Host field.');
  }
  const rest = match[2] ?? '/';
  return rest.startsWith('?') ? `/${rest}` : rest;
}
