import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { CallClient, type CallClientOptions } from './call-client.js';
import { type CallServer, type CallServerOptions, startCallServer } from './call-server.js';
import { encodeFrames, type Frame, FrameReader, KIND } from './frame.js';
import { readHello } from './handshake.js';
import type { RemoteAnswer, RemoteCall, RemoteContext } from './remote-call.js';
import { SharedSecret } from './secret.js';

export const SECRET = 'a secret of thirty-two letters..';

/** Keeps the lines that were written. */
export class KeptLog implements PlatformLog {
  readonly lines: string[] = [];
  readonly debug = (message: string) => void this.lines.push(message);
  readonly info = this.debug;
  readonly warn = this.debug;
  readonly error = this.debug;
}

/** A call with a context of its own. */
export function aCall(method: string, args: unknown = [], context: Partial<RemoteContext> = {}): RemoteCall {
  return {
    module: 'stock',
    token: 'StockApi',
    method,
    args: JSON.stringify(args),
    context: {
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      caller: 'cart',
      chain: ['POST /cart', 'CartApi.submit'],
      remainingMs: 60_000,
      hops: 0,
      ...context,
    },
  };
}

export const echo = async ({ args }: RemoteCall): Promise<RemoteAnswer> => ({ ok: true, value: args });

/** What one test started, to be ended together. */
export class Calls {
  readonly log = new KeptLog();
  readonly #ends: (() => Promise<void>)[] = [];

  async server(
    answer: CallServerOptions['answer'] = echo,
    options: Partial<CallServerOptions> = {},
  ): Promise<CallServer> {
    const server = await startCallServer({
      host: '127.0.0.1',
      port: 0,
      secret: SECRET,
      answer,
      log: this.log,
      ...options,
    });
    this.#ends.push(() => server.stop(0));
    return server;
  }

  client(limits: CallClientOptions['limits'] = {}, secret = SECRET): CallClient {
    const client = new CallClient({ secret, name: 'test', limits });
    this.#ends.push(() => client.close());
    return client;
  }

  /** A bare TCP server: what is at the other end when it is none of ours. */
  async stranger(onSocket: (socket: Socket) => void): Promise<{ address: string; server: Server }> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      onSocket(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#ends.push(async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as { port: number };
    return { address: `127.0.0.1:${port}`, server };
  }

  /** A bare TCP connection to one of our servers. */
  async raw(address: string): Promise<Socket> {
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
    socket.on('error', () => undefined);
    this.#ends.push(async () => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    this.log.lines.length = 0;
  }
}

/** A promise that a test settles when it wants to. */
export function gate<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Waits for a fact: looks once in every turn of the event loop. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** The error that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Error & { acted?: 'no' | 'maybe' }> {
  return promise.then(
    (value) => {
      throw new Error(`It should have failed, and gave ${JSON.stringify(value)}`);
    },
    (error: Error) => error,
  );
}

/** A client of our protocol that does what a test wants, well-behaved or not. */
export class RawPeer {
  readonly #frames: Frame[] = [];
  #changed: () => void = () => undefined;
  #nonce = '';
  proofSent: Buffer = Buffer.alloc(0);
  readonly closed: Promise<unknown>;

  constructor(readonly socket: Socket) {
    const reader = new FrameReader(() => 1_048_576);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (chunk) => {
      reader.push(chunk, (frame) => {
        this.#frames.push(frame);
        return true;
      });
      this.#changed();
    });
    socket.on('close', () => this.#changed());
  }

  /** One that knows the secret. */
  static async proved(socket: Socket, secret = SECRET): Promise<RawPeer> {
    const peer = new RawPeer(socket);
    peer.#nonce = readHello((await peer.heard(KIND.hello)).body).nonce;
    peer.prove(secret);
    return peer;
  }

  prove(secret: string): void {
    const proof = new SharedSecret(secret).prove('client', this.#nonce, 'mine');
    const body = JSON.stringify({ name: 'raw', nonce: 'mine', proof, frameBytes: 1_048_576 });
    this.proofSent = encodeFrames([{ kind: KIND.proof, id: 0, head: '', body }]);
    this.socket.write(this.proofSent);
  }

  send(kind: number, id: number, body = '', head = ''): void {
    this.socket.write(encodeFrames([{ kind, id, head, body }]));
  }

  /** The next frame of a kind; others before it are dropped. */
  async heard(kind: number): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame?.kind === kind) return frame;
      if (frame !== undefined) continue;
      if (this.socket.destroyed) throw new Error(`The connection ended before a frame of kind ${kind}.`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}
