import type { IncomingMessage } from 'node:http';
import { closeAll, frontTo, httpOrigin, rawClient, rawOrigin, until } from './sockets.fixture.js';

afterEach(closeAll);

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: shop\r\n\r\n';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** An app that keeps what it was asked, body included. */
async function witness() {
  const seen: string[] = [];
  const origin = await httpOrigin((request: IncomingMessage, response) => {
    let body = '';
    request.on('error', () => undefined); // cut half-way: such a request was not understood
    request.on('data', (piece: Buffer) => {
      body += piece.toString('latin1');
    });
    request.once('end', () => {
      seen.push(`${request.method} ${request.url} ${body}`);
      response.end(`saw ${request.url}`);
    });
  });
  return { ...origin, seen };
}

/** Sends bytes and waits until everything that was sent has been answered and the last connection is quiet. */
async function send(port: number, text: string): Promise<string> {
  const client = await rawClient(port);
  client.send(text);
  // A marker behind the attack: answered last, or the connection is closed before.
  client.send('GET /marker HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
  await until('the connection ends', () => client.ended);
  client.cut();
  return client.text;
}

/** What can be understood in one way, and how: the requests that the app must see before the marker. */
const clear: [string, string, string[]][] = [
  [
    'a DELETE with a request in its chunks',
    `DELETE /d HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`,
    [`DELETE /d ${SMUGGLED}`],
  ],
  [
    'a GET with a request as its body',
    `GET /g HTTP/1.1\r\nHost: shop\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    [`GET /g ${SMUGGLED}`],
  ],
  [
    'a GET with a request in its chunks',
    `GET /g HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: CHUNKED\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`,
    [`GET /g ${SMUGGLED}`],
  ],
  [
    'an OPTIONS with a request as its body',
    `OPTIONS /o HTTP/1.1\r\nHost: shop\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    [`OPTIONS /o ${SMUGGLED}`],
  ],
  [
    'a length that Connection names',
    `POST /p HTTP/1.1\r\nHost: shop\r\nConnection: content-length\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    [`POST /p ${SMUGGLED}`],
  ],
  [
    'chunks that Connection names',
    `POST /p HTTP/1.1\r\nHost: shop\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`,
    [`POST /p ${SMUGGLED}`],
  ],
  [
    'a length spelled with an underscore',
    `POST /p HTTP/1.1\r\nHost: shop\r\nContent_Length: 44\r\nContent-Length: 0\r\n\r\n`,
    ['POST /p '],
  ],
  [
    'chunks spelled with an underscore',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    ['POST /p 0\r\n\r\n'],
  ],
  [
    'a POST that announces nothing',
    `POST /p HTTP/1.1\r\nHost: shop\r\n\r\n${SMUGGLED}`,
    ['POST /p ', 'GET /smuggled '], // no smuggling: these are two requests for everybody
  ],
  [
    'a chunk extension and trailers',
    'POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2;a=b\r\nok\r\n0\r\nX-Sum: 1\r\nAuthorization: evil\r\n\r\n',
    ['POST /p ok'],
  ],
];

/** What two servers could understand in two ways: refused, whatever comes behind it. */
const ambiguous: [string, string][] = [
  [
    'length and chunks',
    `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'chunks and length',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nContent-Length: 44\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'two lengths',
    `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n${SMUGGLED}`,
  ],
  [
    'twice the same length',
    `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok`,
  ],
  ['a list of lengths', `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 2, 2\r\n\r\nok`],
  ['a length with a sign', `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: +5\r\n\r\nhello`],
  ['a length in hex', `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 0x5\r\n\r\nhello`],
  [
    'an endless length',
    `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 99999999999999999999\r\n\r\nhello`,
  ],
  [
    'chunked twice',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'chunked, then identity',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'gzip, then chunked',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'an odd coding',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'a coding after a vertical tab',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'chunks in HTTP/1.0',
    `POST /p HTTP/1.0\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  ['a space before the colon', `POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length : 44\r\n\r\n${SMUGGLED}`],
  [
    'a folded field',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  ['a bare line feed', `POST /p HTTP/1.1\r\nHost: shop\nContent-Length: 44\r\n\r\n${SMUGGLED}`],
  [
    'a bare line feed in a chunk extension',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n2;a\nok\r\n0\r\n\r\n`,
  ],
  [
    'a chunk size with a sign',
    `POST /p HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n`,
  ],
  ['a NUL in a value', 'GET /n HTTP/1.1\r\nHost: shop\r\nX-A: a\0b\r\n\r\n'],
  ['a control character in a value', 'GET /n HTTP/1.1\r\nHost: shop\r\nX-A: a\x01b\r\n\r\n'],
  ['no Host', 'GET /n HTTP/1.1\r\nX-A: a\r\n\r\n'],
  ['no Host in HTTP/1.0', 'GET /n HTTP/1.0\r\n\r\n'],
  ['two Hosts', 'GET /n HTTP/1.1\r\nHost: shop\r\nHost: evil\r\n\r\n'],
  ['a list of Hosts', 'GET /n HTTP/1.1\r\nHost: shop, evil\r\n\r\n'],
  ['a Host with a user', 'GET /n HTTP/1.1\r\nHost: shop@evil\r\n\r\n'],
  ['a Host with a path', 'GET /n HTTP/1.1\r\nHost: shop/evil\r\n\r\n'],
  ['another host in the request line', 'GET http://evil/n HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['a user in the request line', 'GET http://shop@evil/n HTTP/1.1\r\nHost: evil\r\n\r\n'],
  ['another scheme in the request line', 'GET ftp://shop/n HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['a request line without a path', 'OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['dot segments', 'GET /a/../admin HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['encoded dot segments', 'GET /a/%2e%2E/admin HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['an encoded slash', 'GET /a%2f..%2fadmin HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['a backslash', 'GET /a\\..\\admin HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['an encoded NUL', 'GET /a%00.html HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['a broken escape', 'GET /a%zz HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ['a hundred and one fields', `GET /n HTTP/1.1\r\nHost: shop\r\n${'X-A: 1\r\n'.repeat(100)}\r\n`],
  ['a head over 16 KB', `GET /n HTTP/1.1\r\nHost: shop\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`],
  ['a CONNECT', 'CONNECT shop:80 HTTP/1.1\r\nHost: shop:80\r\n\r\n'],
  ['HTTP/2 out of the blue', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  [
    'a request that was forwarded in a circle',
    `GET /n HTTP/1.1\r\nHost: shop\r\nVia: 1.1 banyan, 1.1 other, 1.1 banyan\r\nVia: 1.1 banyan\r\n\r\n`,
  ],
];

describe('requests of one meaning', () => {
  test.each(clear)('reach the app as that: %s', async (_, text, expected) => {
    const app = await witness();
    const { port } = await frontTo(app.address);
    const answer = await send(port, text);
    expect(app.seen).toEqual([...expected, 'GET /marker ']);
    expect(answer.split('HTTP/1.1 200')).toHaveLength(expected.length + 2);
  });

  test('are served without the upgrade that they ask for, and the connection ends with the answer', async () => {
    const app = await witness();
    const { port } = await frontTo(app.address);
    for (const [connection, protocol] of [
      ['Upgrade, HTTP2-Settings', 'h2c'],
      ['Upgrade', 'websocket'],
    ]) {
      const answer = await send(
        port,
        `GET /u HTTP/1.1\r\nHost: shop\r\nConnection: ${connection}\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n${SMUGGLED}`,
      );
      expect(answer.split('HTTP/1.1 ')).toHaveLength(2);
      expect(answer).toContain('saw /u');
    }
    expect(app.seen).toEqual(['GET /u ', 'GET /u ']);
  });

  test('leave the connection in step: the next client gets its own answer', async () => {
    const app = await witness();
    const { port } = await frontTo(app.address);
    for (const [, text] of clear) {
      const client = await rawClient(port);
      client.send(text);
      await client.has('saw');
      const next = await rawClient(port);
      next.send('GET /next HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
      await until('it is answered', () => next.ended);
      expect(next.text).toContain('saw /next');
      client.cut();
    }
  });
});

describe('requests of two meanings', () => {
  test.each(ambiguous)('never reach the app: %s', async (name, text) => {
    const app = await witness();
    const { port } = await frontTo(app.address);
    const answer = await send(port, text);
    if (name !== 'a CONNECT') expect(answer).toMatch(/^HTTP\/1\.1 (?:400|408|431|501|508) /);
    expect(app.seen.filter((each) => each !== 'GET /marker ')).toEqual([]);
    expect(answer).not.toContain('saw /smuggled');
  });
});

describe('what the app gets', () => {
  test('is told once and as the front knows it', async () => {
    const origin = await rawOrigin((socket) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    const { port } = await frontTo(origin.address);
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await send(
      port,
      `GET /a HTTP/1.1\r\nHost: shop:80\r\nX-Forwarded-For: 6.6.6.6\r\nx_forwarded_proto: https\r\nX-Forwarded-User: root\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nConnection: X-Secret, keep-alive\r\nX-Secret: s\r\nKeep-Alive: timeout=9\r\nTE: trailers\r\nProxy-Authorization: p\r\nProxy-Connection: keep-alive\r\nX-Stays: 1\r\nX-stays: 2\r\nTraceparent: ${trace}\r\nTraceState: a=b\r\n\r\n`,
    );
    const [first = ''] = (origin.received[0] ?? '').split('\r\n\r\n');
    const traceparent = /traceparent: (.*)/.exec(first)?.[1] ?? '';
    expect(traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-(?!b{16})[0-9a-f]{16}-01$`));
    expect(first.split('\r\n')).toEqual([
      'GET /a HTTP/1.1',
      'Host: shop:80',
      'X-Stays: 1',
      'X-stays: 2',
      'TraceState: a=b',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: shop:80',
      'X-Forwarded-Proto: http',
      'Via: 1.1 banyan',
      `traceparent: ${traceparent}`,
      'Connection: keep-alive',
    ]);
  });

  test('is a trace of its own where the client has none, or a wrong one, or two', async () => {
    const origin = await rawOrigin((socket) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    const { port } = await frontTo(origin.address);
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    for (const fields of ['', 'traceparent: x\r\n', `traceparent: ${trace}\r\ntraceparent: ${trace}\r\n`]) {
      await send(port, `GET /a HTTP/1.1\r\nHost: shop\r\n${fields}TraceState: a=b\r\n\r\n`);
    }
    const all = origin.received.join('');
    expect(all.match(/^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01\r$/gm)).toHaveLength(6);
    expect(all).not.toContain('a'.repeat(32));
    expect(all.match(/tracestate/gi)?.length ?? 0).toBeLessThanOrEqual(2);
  });

  test('is the plain path of a request line that names this very host', async () => {
    const app = await witness();
    const { port } = await frontTo(app.address);
    await send(port, 'GET http://Shop/a?b HTTP/1.1\r\nHost: shop\r\n\r\n');
    await send(port, 'GET http://shop?b HTTP/1.1\r\nHost: shop\r\n\r\n');
    expect(app.seen.filter((each) => !each.includes('marker'))).toEqual(['GET /a?b ', 'GET /?b ']);
  });
});
