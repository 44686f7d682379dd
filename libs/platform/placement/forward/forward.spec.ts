import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request as openRequest, type RequestOptions } from 'node:http';
import { closeAll, frontTo, httpOrigin, rawClient, rawOrigin, until } from './sockets.fixture.js';

afterEach(closeAll);

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function ask(url: string, options: RequestOptions = {}, body?: Buffer | Buffer[]) {
  return new Promise<{ status?: number; headers: IncomingMessage['headers']; raw: string[]; body: Buffer }>(
    (answered, failed) => {
      const request = openRequest(url, { agent: false, ...options }, async (answer) => {
        try {
          const { statusCode: status, headers, rawHeaders: raw } = answer;
          answered({ status, headers, raw, body: await bytesOf(answer) });
        } catch (error) {
          failed(error);
        }
      });
      request.on('error', failed);
      if (Array.isArray(body)) {
        for (const piece of body) request.write(piece);
        request.end();
      } else request.end(body);
    },
  );
}

/** Sends back what it gets, announced or chunked as it came; `x-got` tells what that was. */
const echo = () =>
  httpOrigin(async (request, response) => {
    const body = await bytesOf(request);
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    response.writeHead(200, {
      'x-got': `${coding ?? length ?? 'nothing'} ${sha(body)}`,
      ...(coding ? {} : { 'content-length': body.length }),
    });
    response.end(body);
  });

describe('bodies', () => {
  const sizes = [0, 1, 1_023, 16_384, 65_536, 65_537, 1_000_003, 20 * 1024 * 1024];

  test.each(sizes)('of %i bytes arrive and come back byte for byte, announced and chunked', async (size) => {
    const origin = await echo();
    const { url } = await frontTo(origin.address);
    const body = randomBytes(size);
    const announced = await ask(url, { method: 'POST', headers: { 'content-length': size } }, body);
    expect(announced.headers['x-got']).toBe(`${size} ${sha(body)}`);
    expect(announced.headers['content-length']).toBe(String(size));
    expect(sha(announced.body)).toBe(sha(body));
    const pieces = [body.subarray(0, size >> 1), body.subarray(size >> 1)];
    const chunked = await ask(url, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } }, pieces);
    expect(chunked.headers['x-got']).toBe(`chunked ${sha(body)}`);
    expect(chunked.headers['transfer-encoding']).toBe('chunked');
    expect(sha(chunked.body)).toBe(sha(body));
  });

  test('of a hundred requests at once do not mix', async () => {
    const origin = await echo();
    const { url } = await frontTo(origin.address);
    const bodies = Array.from({ length: 100 }, (_, at) => randomBytes(at * 997));
    const answers = await Promise.all(bodies.map((body) => ask(url, { method: 'POST' }, body)));
    expect(answers.map((answer) => sha(answer.body))).toEqual(bodies.map(sha));
  });

  test('that nobody reads stop the sender: what is held does not grow with the body', async () => {
    let written = 0;
    const piece = Buffer.alloc(64 * 1024);
    const origin = await httpOrigin((_, response) => {
      const push = () => {
        written += piece.length;
        while (response.write(piece)) written += piece.length;
        response.once('drain', push);
      };
      push();
    });
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: shop\r\n\r\n');
    let last = -1;
    await until('the app can write no more', async () => {
      const still = written > 0 && written === last;
      last = written;
      await new Promise((later) => setTimeout(later, 200));
      return still && written === last;
    });
    expect(written).toBeLessThan(40 * 1024 * 1024); // the buffers of four sockets, which the system sizes
    client.cut();
    await until('the app is told', () => origin.sockets.size === 0);
  });

  test('of an app that does not read stop the client', async () => {
    const origin = await httpOrigin((request) => void request.pause());
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000000\r\n\r\n');
    const piece = Buffer.alloc(1024 * 1024);
    let sent = 0;
    while (client.socket.write(piece) && sent < 100) sent += 1;
    let last = -1;
    await until('the client can write no more', async () => {
      const still = client.socket.bytesWritten - client.socket.writableLength === last;
      last = client.socket.bytesWritten - client.socket.writableLength;
      await new Promise((later) => setTimeout(later, 200));
      return still;
    });
    expect(last).toBeLessThan(40 * 1024 * 1024);
    client.cut();
  });
});

describe('answers', () => {
  test('keep status, reason, spelling, order and repetition of fields, and add none', async () => {
    const origin = await rawOrigin((socket) =>
      socket.write(
        'HTTP/1.1 299 Rather Fine\r\nX-One: 1\r\nset-COOKIE: a=1\r\nSet-Cookie: b=2\r\nETag: "x"\r\nContent-Length: 2\r\n\r\nok',
      ),
    );
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send('GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
    await until('the answer ends', () => client.ended);
    expect(client.text).toBe(
      'HTTP/1.1 299 Rather Fine\r\nX-One: 1\r\nset-COOKIE: a=1\r\nSet-Cookie: b=2\r\nETag: "x"\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
    );
  });

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: "h"\r\n\r\n', '12345'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "h"\r\n\r\n', '99'],
    ['DELETE', 'HTTP/1.1 204 No Content\r\nETag: "h"\r\n\r\n', undefined],
  ])(
    'to %s without a body (%#) end at their head, and the connection serves on',
    async (method, text, length) => {
      const origin = await rawOrigin((socket) => void socket.write(text));
      const { port } = await frontTo(origin.address);
      const client = await rawClient(port);
      client.send(`${method} / HTTP/1.1\r\nHost: shop\r\n\r\n`);
      await client.has('\r\n\r\n');
      client.send(`${method} / HTTP/1.1\r\nHost: shop\r\n\r\n`);
      await until('both are answered', () => client.text.split('ETag: "h"').length === 3);
      expect(client.text.split(`Content-Length: ${length}`)).toHaveLength(length ? 3 : 1);
      expect(client.text).not.toContain('chunked');
      expect(origin.received).toHaveLength(1); // one connection for both
    },
  );

  test('that end with the connection come whole', async () => {
    const origin = await rawOrigin((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'));
    const { url } = await frontTo(origin.address);
    expect((await ask(url)).body.toString()).toBe('to the end');
  });

  test('of interim kind are taken here, and the final one passes', async () => {
    const origin = await rawOrigin((socket) =>
      socket.write(
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      ),
    );
    const { url } = await frontTo(origin.address);
    expect((await ask(url)).body.toString()).toBe('ok');
  });

  test('that are streams of events pass piece by piece, and their head before the first piece', async () => {
    let push: (text: string) => void = () => undefined;
    const origin = await httpOrigin((request, response) => {
      const type = request.url === '/marks' ? 'text/event-stream' : 'text/plain';
      response.writeHead(200, { 'content-type': type }).flushHeaders();
      if (request.url === '/marks') push = (text) => void response.write(text);
    });
    const { port } = await frontTo(origin.address, { limits: { idleMs: 50 } });
    const client = await rawClient(port);
    client.send('GET /marks HTTP/1.1\r\nHost: shop\r\n\r\n');
    await client.has('text/event-stream');
    push('data: one\n\n');
    await client.has('data: one');
    for (let round = 0; round < 3; round++) {
      const ordinary = await rawClient(port);
      ordinary.send('GET /report HTTP/1.1\r\nHost: shop\r\n\r\n');
      await until('an ordinary answer that is silent is cut', () => ordinary.ended);
    }
    push('data: two\n\n');
    await client.has('data: two');
    expect(client.ended).toBe(false);
  });

  test('that come before the whole body was sent reach the client, and the connection is not used again', async () => {
    const origin = await httpOrigin((_, response) => {
      response.writeHead(413, { 'content-length': 5, connection: 'close' }).end('large');
    });
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\nsome');
    await client.has('large');
    expect(client.text).toMatch(/^HTTP\/1.1 413 .*connection: close/is);
    await until('the client is closed', () => client.ended);
    await until('the app is closed', () => origin.sockets.size === 0);
  });
});

describe('requests', () => {
  test('keep the path and the query byte for byte', async () => {
    const origin = await httpOrigin((request, response) => void response.end(request.url));
    const { port } = await frontTo(origin.address);
    for (const path of ['/a//b/', '/%41%e4?q=%2F..%5c&x', '/a;b=c/{d}?[e]=|"', '/?', '/*']) {
      const client = await rawClient(port);
      client.send(`GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
      await until('the answer ends', () => client.ended);
      expect(client.text.split('\r\n\r\n')[1]).toContain(path);
    }
  });

  test('that wait for 100-continue are told to go on once they are accepted', async () => {
    const origin = await echo();
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send('POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
    await client.has('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('body');
    await client.has(/200 OK.*body$/s);
  });

  test('that wait for 100-continue and are refused get the refusal at once', async () => {
    const origin = await echo();
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send('POST /a/../b HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
    await client.has('"status":400');
    expect(client.text).not.toContain('100 Continue');
    await until('the connection closes', () => client.ended);
  });
});
