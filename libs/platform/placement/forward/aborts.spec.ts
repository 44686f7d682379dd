import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  afterwards,
  closeAll,
  deadAddress,
  frontTo,
  httpOrigin,
  rawClient,
  rawOrigin,
  until,
} from './sockets.fixture.js';

afterEach(closeAll);

/** An app of which the system keeps at most two connections that it has not taken. */
const LISTEN = `const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;
const HEAD = 'HTTP/1.1 200 OK\r\n';
const GET = 'GET / HTTP/1.1\r\nHost: shop\r\n\r\n';
const HALF_A_POST = 'POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100000\r\n\r\nhalf';

/** Phases of an exchange in which a client may leave, each with an app that holds it there. */
const phases: Record<
  string,
  { send: string; app: (q: IncomingMessage, s: ServerResponse) => void; reads?: string }
> = {
  'while it sends the body': { send: HALF_A_POST, app: (request) => void request.resume() },
  'while it sends a body that nobody reads': { send: HALF_A_POST, app: () => undefined },
  'while the app thinks': { send: GET, app: () => undefined },
  'after the head of the answer': {
    send: GET,
    app: (_, response) => response.writeHead(200).flushHeaders(),
    reads: '200 OK',
  },
  'in the middle of an answer': {
    send: GET,
    app: (_, response) => void response.writeHead(200, { 'content-length': 1_000_000 }).write('some'),
    reads: 'some',
  },
  'in a stream of events': {
    send: GET,
    app: (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n'),
    reads: 'data: 1',
  },
};

describe('a client that leaves', () => {
  test.each(Object.entries(phases))(
    '%s takes the request to the app along',
    async (_, { send, app, reads }) => {
      let arrived = 0;
      const origin = await httpOrigin((request, response) => {
        arrived += 1;
        request.on('error', () => undefined);
        app(request, response);
      });
      const { port, forwarder } = await frontTo(origin.address);
      for (const leave of ['cut', 'end'] as const) {
        const client = await rawClient(port);
        const before = arrived;
        client.send(send);
        await until('the app has it', () => arrived === before + 1);
        if (reads) await client.has(reads);
        if (leave === 'cut') client.cut();
        else client.socket.destroy();
        await until('the app is told', () => origin.sockets.size === 0);
        await until('nothing is under way', () => forwarder.open === 0);
      }
    },
  );

  test('before its answer is read out takes the connection to the app along', async () => {
    const origin = await httpOrigin((_, response) => void response.end(Buffer.alloc(30 * 1024 * 1024)));
    const { port, forwarder } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.socket.pause();
    client.send(GET);
    await until('the answer flows', () => client.socket.bytesRead > 0 || origin.sockets.size === 1);
    client.cut();
    await until('the app is told', () => origin.sockets.size === 0);
    expect(forwarder.open).toBe(0);
  });

  test('five hundred times, in every phase, leaves no socket, and the next request is answered', async () => {
    const kinds = Object.values(phases);
    let arrived = 0;
    let serving = false;
    const origin = await httpOrigin((request, response) => {
      request.on('error', () => undefined);
      if (serving) return void response.end('served');
      const kind = kinds[Number(request.headers['x-kind'])];
      arrived += 1;
      kind?.app(request, response);
    });
    const { port, forwarder, front } = await frontTo(origin.address);
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const client = await rawClient(port);
          const kind = (round * 50 + at) % kinds.length;
          client.send((kinds[kind]?.send ?? '').replace('\r\n\r\n', `\r\nX-Kind: ${kind}\r\n\r\n`));
          return client;
        }),
      );
      await until('the app has them all', () => arrived === (round + 1) * 50);
      for (const client of clients) client.cut();
    }
    await until('the app is told of each', () => origin.sockets.size === 0);
    await until('nothing is under way', () => forwarder.open === 0);
    expect(arrived).toBe(500);
    serving = true;
    const next = await rawClient(port);
    next.send('GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
    await next.has('served');
    const begun = performance.now();
    await front.stop(5_000); // waits that long when a client's connection is left
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('an app that dies', () => {
  const failing: [string, string, RegExp][] = [
    ['before it answers', '', /^HTTP\/1\.1 502 Bad Gateway/],
    ['with half a head', 'HTTP/1.1 200 OK\r\nContent-', /^HTTP\/1\.1 502 /],
    ['after an answer that is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', /^HTTP\/1\.1 502 /],
    [
      'with an answer of two lengths',
      `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`,
      /^HTTP\/1\.1 502 /,
    ],
    [
      'with a length and chunks',
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 502 /,
    ],
    [
      'after switching protocols unasked',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      /^HTTP\/1\.1 502 /,
    ],
  ];

  test.each(failing)('%s is told by a problem with the trace', async (_, text, expected) => {
    const origin = await rawOrigin((socket) => socket.end(text));
    const { port, log } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send(
      `GET / HTTP/1.1\r\nHost: shop\r\nTraceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\n\r\n`,
    );
    await client.has('"status":502');
    expect(client.text).toMatch(expected);
    expect(client.text).toContain(`x-trace-id: ${'a'.repeat(32)}`);
    expect(client.text).toMatch(/content-type: application\/problem\+json/i);
    expect(client.text).toContain(`"instance":"urn:trace:${'a'.repeat(32)}"`);
    expect(log.lines).toEqual([expect.stringMatching(/^warn GET was not answered by http:\/\/127/)]);
  });

  test.each([
    ['announced', 'Content-Length: 100\r\n\r\nhalf'],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('in the middle of an %s answer cuts the client, who thus knows that it is half', async (_, rest) => {
    const origin = await rawOrigin((socket) => {
      socket.write(HEAD + rest);
      setImmediate(() => socket.destroy());
    });
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send(GET);
    await until('the client is cut', () => client.ended);
    expect(client.text).not.toMatch(/0\r\n\r\n$/);
  });

  test('and is not running is 503 with Retry-After; what has another address goes there, with its body', async () => {
    const dead = await deadAddress();
    const alone = await frontTo(dead);
    const lost = await rawClient(alone.port);
    lost.send(GET);
    await lost.has('"status":503');
    expect(lost.text).toMatch(/retry-after: 1/i);
    let asked = 0;
    const origin = await httpOrigin((request, response) => {
      asked += 1;
      response.write('there ');
      request.pipe(response);
    });
    const { port } = await frontTo(dead, { otherwise: origin.address });
    for (const [head, answer] of [
      ['GET / HTTP/1.1\r\nHost: shop\r\n\r\n', 'there'],
      ['HEAD / HTTP/1.1\r\nHost: shop\r\n\r\n', '200 OK'],
      ['POST / HTTP/1.1\r\nHost: shop\r\n\r\n', 'there'],
      ['POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nbody', 'body'],
    ]) {
      const client = await rawClient(port);
      client.send(head as string);
      await client.has(answer as string);
    }
    expect(asked).toBe(4);
  });

  test.each(['nonsense', 'https://127.0.0.1:1', 'http://127.0.0.1:1/path', 'http://u@127.0.0.1:1'])(
    'and whose address nobody can read (%s) costs its own requests, not the front',
    async (address) => {
      const { port } = await frontTo(address);
      for (let round = 0; round < 2; round++) {
        const client = await rawClient(port);
        client.send('POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nbody');
        await client.has('"status":503');
      }
    },
  );

  test('everywhere is told once: the other address is not asked twice', async () => {
    const { port, log } = await frontTo(await deadAddress(), { otherwise: await deadAddress() });
    const client = await rawClient(port);
    client.send(GET);
    await client.has('"status":503');
    expect(log.lines).toHaveLength(1);
  });
});

describe('limits', () => {
  test('an app that hangs is 504 while it still takes connections, 503 when it takes none', async () => {
    const app = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
    afterwards(() => app.kill('SIGKILL'));
    const [port] = (await once(app.stdout, 'data')) as [Buffer];
    app.kill('SIGSTOP');
    const address = `http://127.0.0.1:${String(port).trim()}`;
    const front = await frontTo(address, { limits: { connectMs: 300, answerMs: 300 } });
    const ask = async () => {
      const client = await rawClient(front.port);
      client.send(GET);
      await client.has(/"status":50[34]/);
      return /"status":(\d+)/.exec(client.text)?.[1];
    };
    expect(await ask()).toBe('504');
    // What the system keeps for an app that does not accept has a bound (two connections here): after that none stands.
    await until('no connection to the app stands', async () => (await ask()) === '503');
  });

  test('an app that is silent is 504 after its time, and is told', async () => {
    const origin = await rawOrigin(() => undefined);
    const { port } = await frontTo(origin.address, { limits: { answerMs: 100 } });
    const client = await rawClient(port);
    client.send(GET);
    await client.has('"status":504');
    await until('the app is told', () => origin.sockets.size === 0);
  });

  test('a body that stops arriving is 408, and the app is told', async () => {
    const origin = await rawOrigin(() => undefined);
    const { port } = await frontTo(origin.address, { limits: { idleMs: 100 } });
    const client = await rawClient(port);
    client.send(HALF_A_POST);
    await client.has('"status":408');
    await until('the app is told', () => origin.sockets.size === 0);
  });

  test('an answer that stops half-way is cut on both sides', async () => {
    const origin = await rawOrigin((socket) => void socket.write(`${HEAD}Content-Length: 100\r\n\r\nhalf`));
    const { port } = await frontTo(origin.address, { limits: { idleMs: 100 } });
    const client = await rawClient(port);
    client.send(GET);
    await until('the client is cut', () => client.ended);
    await until('the app is told', () => origin.sockets.size === 0);
  });

  test('more requests at once than an app is allowed are 503, and the place is free again afterwards', async () => {
    const held: ServerResponse[] = [];
    const origin = await httpOrigin((_, response) => void held.push(response));
    const { port } = await frontTo(origin.address, { limits: { atOnce: 2 } });
    const [one, two, three] = [await rawClient(port), await rawClient(port), await rawClient(port)];
    one.send(GET);
    two.send(GET);
    await until('two are under way', () => held.length === 2);
    three.send(GET);
    await three.has('"status":503');
    held[0]?.end('first');
    await one.has('first');
    three.send(GET);
    await until('the third one is under way', () => held.length === 3);
    held[2]?.end('third');
    await three.has('third');
  });

  test('a connection on which an app spoke unasked is not used for the next client', async () => {
    let answers = 0;
    const origin = await rawOrigin((socket) => {
      answers += 1;
      socket.write(`${HEAD}Content-Length: 2\r\n\r\nr${answers}`);
      if (answers === 1) setImmediate(() => socket.write(`${HEAD}Content-Length: 4\r\n\r\nEVIL`));
    });
    const { port } = await frontTo(origin.address);
    const client = await rawClient(port);
    client.send(GET);
    await client.has('r1');
    await until('the connection has been spoken on', () =>
      [...origin.sockets].every((each) => each.bytesWritten > 70),
    );
    client.send(GET);
    await client.has('r2');
    expect(client.text).not.toContain('EVIL');
  });
});
