import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { Forwarder, type ForwarderOptions } from './forwarder.js';
import { listenInFront } from './front.js';

/** What a fixture has opened, closed after each test by {@link closeAll}, last first. */
const open: (() => Promise<unknown> | unknown)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

/** Closes by itself after the test. */
export function afterwards(close: () => Promise<unknown> | unknown): void {
  open.push(close);
}

/** A log that keeps what it is told. */
export function memoryLog(): PlatformLog & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** Waits for a fact, at most ten seconds. */
export async function until(what: string, fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await fact())) {
    if (performance.now() > deadline) throw new Error(`Not within ten seconds: ${what}`);
    await new Promise((later) => setTimeout(later, 5));
  }
}

/** A server of connections, and those that are open. */
export interface Origin {
  readonly address: string;
  readonly sockets: ReadonlySet<Socket>;
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>;
}

/** An app made of Node's HTTP server. */
export async function httpOrigin(listener: RequestListener): Promise<Origin> {
  return listening(createHttpServer({ keepAliveTimeout: 60_000 }, listener));
}

/** An app that is nothing but sockets: it keeps every byte it gets. */
export async function rawOrigin(
  answer: (socket: Socket, received: string) => void,
): Promise<Origin & { readonly received: string[] }> {
  const received: string[] = [];
  const server = createServer((socket) => {
    const at = received.push('') - 1;
    socket.on('data', (bytes) => {
      received[at] += bytes.toString('latin1');
      answer(socket, received[at] as string);
    });
  });
  return Object.assign(await listening(server), { received });
}

async function listening(server: Server): Promise<Origin> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    });
  afterwards(stop);
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, stop };
}

/** An address at which nothing listens. */
export async function deadAddress(): Promise<string> {
  const origin = await rawOrigin(() => undefined);
  await origin.stop();
  return origin.address;
}

/** A front that forwards every request to one address. */
export async function frontTo(
  address: string,
  options: Partial<ForwarderOptions> & { otherwise?: string } = {},
) {
  const log = memoryLog();
  const forwarder = new Forwarder({ log, ...options });
  const otherwise = options.otherwise === undefined ? undefined : () => options.otherwise;
  const front = await listenInFront({
    host: '127.0.0.1',
    port: 0,
    log,
    answer: (request, response, waits) => forwarder.forward(request, response, { address, otherwise }, waits),
  });
  afterwards(async () => {
    await front.stop(0);
    forwarder.close();
  });
  return { url: front.url, port: Number(new URL(front.url).port), forwarder, front, log };
}

/** A client that is nothing but a socket. */
export async function rawClient(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const state = { text: '', ended: false };
  socket.on('data', (bytes) => {
    state.text += bytes.toString('latin1');
  });
  socket.on('error', () => undefined).on('close', () => Object.assign(state, { ended: true }));
  socket.on('end', () => Object.assign(state, { ended: true }));
  afterwards(() => socket.destroy());
  await new Promise<void>((done) => socket.once('connect', done));
  return {
    socket,
    get text() {
      return state.text;
    },
    get ended() {
      return state.ended;
    },
    send: (text: string) => void socket.write(text, 'latin1'),
    cut: () => socket.resetAndDestroy(),
    has: (part: string | RegExp) =>
      until(`the client reads ${part}`, () =>
        typeof part === 'string' ? state.text.includes(part) : part.test(state.text),
      ),
  };
}
