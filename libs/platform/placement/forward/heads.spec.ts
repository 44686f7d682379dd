import fc from 'fast-check';
import { freshContext } from '../../telemetry/call-context.js';
import { answerHead } from './answer-head.js';
import { type Incoming, requestHead } from './request-head.js';
import { targetOf } from './target.js';
import { Unforwardable } from './unforwardable.js';

const { trace } = freshContext();

/** Names that matter to somebody, in every spelling, among names that matter to nobody. */
const known = [
  'Connection',
  'Keep-Alive',
  'Proxy-Authorization',
  'Proxy-Connection',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'HTTP2-Settings',
  'Expect',
  'Host',
  'Content-Length',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Anything',
  'Forwarded',
  'X-Real-IP',
  'Via',
  'traceparent',
  'tracestate',
  'Cookie',
  'Accept',
  'X-A',
  'Date',
];
const name = fc
  .tuple(fc.constantFrom(...known), fc.constantFrom('asIs', 'lower', 'upper', 'underscore'))
  .map(([word, spelled]) => {
    if (spelled === 'lower') return word.toLowerCase();
    if (spelled === 'upper') return word.toUpperCase();
    return spelled === 'underscore' ? word.replaceAll('-', '_') : word;
  });
const value = fc.oneof(
  fc.constantFrom(
    'keep-alive',
    'close',
    'x-a, Cookie',
    'content-length',
    'chunked',
    '0',
    '5',
    'shop',
    'shop:80',
    '1.1 banyan',
  ),
  fc.string({ unit: fc.constantFrom('a', 'Z', '0', ' ', ',', '\t', 'é', '"') }).map((text) => text.trim()),
);
const fields = fc.array(fc.tuple(name, value), { maxLength: 12 });
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
const incoming = fc
  .tuple(method, fields, fc.constantFrom('1.1', '1.0'))
  .map(([method, pairs, httpVersion]): Incoming => {
    const withHost = pairs.some(([each]) => each.toLowerCase() === 'host')
      ? pairs
      : [['Host', 'shop'], ...pairs];
    return { method, httpVersion, rawHeaders: withHost.flat() };
  });

const pairsOf = (raw: readonly string[]) =>
  Array.from(
    { length: raw.length / 2 },
    (_, at) => [raw[at * 2] as string, raw[at * 2 + 1] as string] as const,
  );
const valuesOf = (raw: readonly string[], wanted: string) =>
  pairsOf(raw)
    .filter(([each]) => each.toLowerCase().replaceAll('_', '-') === wanted)
    .map(([, each]) => each);
const named = (raw: readonly string[]) =>
  valuesOf(raw, 'connection').flatMap((each) =>
    each
      .toLowerCase()
      .split(',')
      .map((word) => word.trim()),
  );
const OWN = [
  'host',
  'content-length',
  'transfer-encoding',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'via',
  'traceparent',
];

/** The head that goes on, or undefined when the request is refused; anything but those two is a failure. */
function forwarded(request: Incoming) {
  try {
    return requestHead(request, '10.0.0.7', trace);
  } catch (error) {
    expect(error).toBeInstanceOf(Unforwardable);
    return undefined;
  }
}

describe('whatever a client sends, the head that goes on', () => {
  const always = (claim: (head: { headers: string[]; hasBody: boolean }, request: Incoming) => void) => {
    let passed = 0;
    fc.assert(
      fc.property(incoming, (request) => {
        const head = forwarded(request);
        if (!head) return;
        passed += 1;
        claim(head, request);
      }),
      { numRuns: 500 },
    );
    expect(passed).toBeGreaterThan(50); // else the claim was hardly tried
  };

  test('has exactly one Host', () => {
    always(({ headers }) => expect(valuesOf(headers, 'host')).toHaveLength(1));
  });

  test('announces a body at most once, and exactly when one follows or could be expected', () => {
    always(({ headers, hasBody }, { method }) => {
      const lengths = valuesOf(headers, 'content-length');
      const codings = valuesOf(headers, 'transfer-encoding');
      expect(lengths.length + codings.length).toBeLessThanOrEqual(1);
      if (hasBody) expect(lengths.length + codings.length).toBe(1);
      else
        expect([...lengths, ...codings]).toEqual(
          ['POST', 'PUT', 'PATCH'].includes(method as string) ? ['0'] : [],
        );
    });
  });

  test('has no field of the connection before, in no spelling', () => {
    always(({ headers }, { rawHeaders }) => {
      for (const gone of [
        'connection',
        'keep-alive',
        'te',
        'trailer',
        'upgrade',
        'http2-settings',
        'expect',
      ]) {
        expect(valuesOf(headers, gone)).toEqual([]);
      }
      expect(pairsOf(headers).filter(([each]) => /^proxy[-_]/i.test(each))).toEqual([]);
      const theirs = named(rawHeaders).filter((each) => !OWN.includes(each));
      for (const each of theirs) expect(valuesOf(headers, each)).toEqual([]);
    });
  });

  test('tells who asks as we know it, once', () => {
    always(({ headers }) => {
      expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['10.0.0.7']);
      expect(valuesOf(headers, 'x-forwarded-proto')).toEqual(['http']);
      expect(valuesOf(headers, 'x-forwarded-host')).toEqual(valuesOf(headers, 'host'));
      expect(valuesOf(headers, 'x-forwarded-anything')).toEqual([]);
      expect([...valuesOf(headers, 'forwarded'), ...valuesOf(headers, 'x-real-ip')]).toEqual([]);
    });
  });

  test('has one trace, and one Via that ends with us', () => {
    always(({ headers }) => {
      expect(valuesOf(headers, 'traceparent')).toEqual([`00-${trace.traceId}-${trace.spanId}-01`]);
      expect(valuesOf(headers, 'via')).toEqual([expect.stringMatching(/(^|, )1\.1 banyan$/)]);
    });
  });

  test('keeps everything else: value, spelling, order and number', () => {
    always(({ headers }, { rawHeaders }) => {
      const plain = /^(cookie|accept|x[-_]a|date)$/i;
      const dropped = named(rawHeaders);
      const kept = pairsOf(rawHeaders).filter(
        ([each]) => plain.test(each) && !dropped.includes(each.toLowerCase().replaceAll('_', '-')),
      );
      expect(pairsOf(headers).filter(([each]) => plain.test(each))).toEqual(kept);
    });
  });
});

test('an answer loses the fields of its connection and keeps all others as they are', () => {
  fc.assert(
    fc.property(fields, (pairs) => {
      const raw = pairs.flat();
      const dropped = named(raw);
      const gone =
        /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|expect|proxy-.*)$/;
      const judged = (each: string) => each.toLowerCase().replaceAll('_', '-');
      const kept = pairs.filter(([each]) => !gone.test(judged(each)) && !dropped.includes(judged(each)));
      expect(answerHead(raw)).toEqual(kept.flat());
    }),
  );
});

test('a target is refused, or passes as it came and splits at its first question mark', () => {
  fc.assert(
    fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
      const url = `${path || '/'}?${query}`;
      try {
        expect(targetOf(url, 'shop')).toEqual({ pathAndQuery: url, path: path || '/' });
      } catch (error) {
        expect(error).toBeInstanceOf(Unforwardable);
        expect(path).toMatch(/%2f|%5c|%00|(^|\/)(\.|%2e){1,2}(\/|$)/i);
      }
    }),
  );
});
