import type { IncomingMessage } from 'node:http';
import { type FromOutside, traceFromOutside } from './from-outside.js';

const TRACEPARENT = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
const from = (remoteAddress: string, policy: FromOutside, traceparent: unknown = TRACEPARENT) =>
  traceFromOutside(
    { headers: { traceparent }, socket: { remoteAddress } } as unknown as IncomingMessage,
    policy,
  );
const trace = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: true };

describe('a trace from outside', () => {
  it('is continued or linked to as the setting says', () => {
    expect(from('8.8.8.8', 'trust')).toEqual({ trace });
    expect(from('127.0.0.1', 'link')).toEqual({ link: TRACEPARENT });
    expect(from('8.8.8.8', 'private')).toEqual({ link: TRACEPARENT });
  });

  it.each([
    '127.0.0.1',
    '::1',
    '::ffff:10.1.2.3',
    '172.16.0.1',
    '172.31.255.1',
    '192.168.1.1',
    'fd00::1',
    'fe80::1',
  ])('is continued from %s, a private network', (address) =>
    expect(from(address, 'private')).toEqual({ trace }),
  );

  it.each(['172.15.0.1', '172.32.0.1', '11.0.0.1', '2001:db8::1', '::ffff:8.8.8.8', ''])(
    'is linked to from %p, which is none',
    (address) => expect(from(address, 'private')).toEqual({ link: TRACEPARENT }),
  );

  it.each([
    undefined,
    '',
    'x',
    `${TRACEPARENT}, ${TRACEPARENT}`,
    TRACEPARENT.toUpperCase(),
    `00-${'0'.repeat(32)}-${'cd'.repeat(8)}-01`,
  ])('is neither when it is %p', (header) => {
    for (const policy of ['trust', 'link'] as const) {
      const request = { headers: { traceparent: header }, socket: { remoteAddress: '::1' } };
      expect(traceFromOutside(request as unknown as IncomingMessage, policy)).toEqual({});
    }
  });
});
