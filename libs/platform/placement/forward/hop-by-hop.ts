import { type Fields, judged } from './fields.js';

/**
 * Fields that belong to one connection and never to the next (RFC 9110, 7.6.1). `te` and `trailer` are among them
 * because trailers are not passed on, and `expect` because the one who forwards has answered it.
 */
const OF_ONE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Tells which fields of a message must not travel further: those above, `proxy-*`, and what the message itself names in
 * `Connection`.
 *
 * @returns a test for names in lower case
 */
export function hopByHop(fields: Fields): (name: string) => boolean {
  const named = namedInConnection(fields);
  return (name) => OF_ONE_CONNECTION.has(name) || name.startsWith('proxy-') || named?.has(name) === true;
}

/** Nearly every message says `keep-alive`, `close` or nothing: no set is made for those. */
function namedInConnection(fields: Fields): ReadonlySet<string> | undefined {
  const values = fields.valuesOf('connection').map((value) => value.toLowerCase());
  if (values.every((value) => value === 'keep-alive' || value === 'close')) return undefined;
  return new Set(values.flatMap((value) => value.split(',').map((name) => judged(name.trim()))));
}
