import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { FaultProxy } from './fault-proxy.js';

let server: Server;
let proxy: FaultProxy;
let heard: string;
const sockets: Socket[] = [];

beforeEach(async () => {
  heard = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      heard += piece.toString();
      socket.write(`answer to ${piece.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.start((server.address() as { port: number }).port, () => 0.5);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.stop();
  server.close();
});

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function answer(socket: Socket, question: string): Promise<string> {
  socket.write(question);
  const ended = closed(socket).then(() => 'cut');
  const answered = new Promise<string>((resolve) => socket.once('data', (piece) => resolve(String(piece))));
  return Promise.race([answered, ended]);
}

async function until(fact: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!fact()) {
    if (performance.now() > end) throw new Error('It does not come.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Not by `once` of events: it takes a reset for a failure of the test. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function untilHeard(text: string): Promise<void> {
  await until(() => heard.includes(text));
}

it('passes on what it is given', async () => {
  expect(await answer(await client(), 'hello')).toBe('answer to hello');
});

it('delays', async () => {
  proxy.make({ delayMs: 60, jitterMs: 20 });
  const began = performance.now();
  expect(await answer(await client(), 'hello')).toBe('answer to hello');
  expect(performance.now() - began).toBeGreaterThanOrEqual(120); // 60 there, 60 back, and half of the jitter each
});

it('throttles', async () => {
  const socket = await client();
  proxy.make({ bytesPerSecond: 100 });
  const began = performance.now();
  await answer(socket, '0123456789');
  expect(performance.now() - began).toBeGreaterThanOrEqual(95);
});

it('takes the answer to one question away, whose question arrives, and heals by itself', async () => {
  proxy.make({ cutReplyTo: 'COMMIT' });
  expect(await answer(await client(), 'BEGIN')).toBe('answer to BEGIN');
  expect(await answer(await client(), 'COMMIT')).toBe('cut');
  expect(heard).toContain('COMMIT');
  expect(proxy.harm).toBe(1);
  expect(await answer(await client(), 'COMMIT')).toBe('answer to COMMIT');
});

it('swallows answers while it is told to, and cuts what was swallowed when it heals', async () => {
  const socket = await client();
  proxy.make({ dropReplies: true });
  socket.write('lost');
  await untilHeard('lost');
  const cut = closed(socket);
  proxy.make({});
  await cut;
  expect(await answer(await client(), 'hello')).toBe('answer to hello');
});

it('lets nothing through a black hole', async () => {
  const socket = await client();
  proxy.make({ blackHole: true });
  socket.write('swallowed');
  await until(() => proxy.harm > 0);
  expect(heard).toBe('');
});

it('cuts in the middle of a text', async () => {
  proxy.make({ cutAfterBytes: 4 });
  expect(await answer(await client(), 'first half')).toBe('cut');
  await untilHeard('firs');
  expect(heard).toBe('firs');
});

it('turns away who comes anew, and resets by luck', async () => {
  proxy.make({ resetPercent: 60 }); // luck is 0.5 here
  expect(await answer(await client(), 'hello')).toBe('cut');
  proxy.make({ refuse: true });
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await closed(socket);
});

it('closes one half', async () => {
  const socket = await client();
  await answer(socket, 'hello');
  proxy.make({ halfClose: true });
  await once(socket, 'end');
});
