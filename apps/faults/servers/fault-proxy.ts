import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Which way bytes go: to the server, or back to its client. */
export type Way = 'there' | 'back';

/** What the proxy does to the connections that go through it. Everything unset: it passes on. */
export interface Trouble {
  /** Every piece comes this much later, in milliseconds, and up to `jitterMs` more. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** Nothing arrives either way, and nobody is told. */
  readonly blackHole?: boolean;
  /** Answers vanish; questions arrive. */
  readonly dropReplies?: boolean;
  /** Of a hundred pieces of answers so many vanish, and their connection with them. */
  readonly dropReplyPercent?: number;
  /** Of a hundred pieces so many end their connection by a reset. */
  readonly resetPercent?: number;
  /** After so many bytes to the server the connection is cut, in the middle of whatever it was. */
  readonly cutAfterBytes?: number;
  /** The server's side is told that no more will come; its answers still arrive. */
  readonly halfClose?: boolean;
  /** Bytes per second, each way. */
  readonly bytesPerSecond?: number;
  /** Who comes anew is turned away. */
  readonly refuse?: boolean;
  /** The question that holds this text arrives; its answer does not, and the connection is cut. */
  readonly cutReplyTo?: string;
}

interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  sent: number;
  /** Its next answer is the one that must not arrive. */
  doomed: boolean;
}

/** Stands between the apps and a server, and makes of a network what networks are. Draws its luck from `random`. */
export class FaultProxy {
  private readonly passages = new Set<Passage>();
  private trouble: Trouble = {};
  /** Answers that were taken away, and connections that were cut, since the start. */
  harm = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private target: number,
    private readonly random: () => number,
  ) {}

  static async start(target: number, random: () => number): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const proxy = new FaultProxy(server, port, target, random);
    server.on('connection', (client) => proxy.pass(client));
    return proxy;
  }

  /** Leads to another port from now on; what is open stays where it is. */
  leadTo(port: number): void {
    this.target = port;
  }

  /** Makes trouble from now on, for connections that are open and for those to come; an empty one heals. */
  make(trouble: Trouble): void {
    const healed = this.trouble.blackHole || this.trouble.dropReplies;
    this.trouble = trouble;
    if (trouble.halfClose) for (const { server } of this.passages) server.end();
    // What was swallowed is gone: a connection with a hole in it would be a fault that networks don't have.
    if (healed && !trouble.blackHole && !trouble.dropReplies) this.cutAll();
  }

  /** Cuts every open connection. */
  cutAll(): void {
    for (const passage of this.passages) this.cut(passage);
  }

  async stop(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(client: Socket): void {
    if (this.trouble.refuse) return void client.destroy();
    const server = connect(this.target, '127.0.0.1');
    const passage: Passage = { client, server, sent: 0, doomed: false };
    this.passages.add(passage);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // its close follows
      socket.once('close', () => {
        this.passages.delete(passage);
        client.destroy();
        server.destroy();
      });
    }
    this.carry(passage, client, server, 'there');
    this.carry(passage, server, client, 'back');
  }

  private carry(passage: Passage, from: Socket, to: Socket, way: Way): void {
    let last: Promise<void> = Promise.resolve();
    let waiting = 0;
    from.on('data', (piece: Buffer) => {
      if (this.strikes(passage, piece, way)) return;
      const { delayMs = 0, jitterMs = 0, bytesPerSecond } = this.trouble;
      if (waiting === 0 && !delayMs && !jitterMs && !bytesPerSecond) return this.forward(from, to, piece);
      waiting += 1;
      last = last.then(async () => {
        const slow = bytesPerSecond ? (piece.length / bytesPerSecond) * 1_000 : 0;
        await pause(delayMs + this.random() * jitterMs + slow);
        waiting -= 1;
        this.forward(from, to, piece);
      });
    });
    from.on('end', () => void last.then(() => to.end()));
  }

  private forward(from: Socket, to: Socket, piece: Buffer): void {
    if (to.destroyed || to.writableEnded) return;
    if (!to.write(piece)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  }

  /** @returns whether the piece goes no further */
  private strikes(passage: Passage, piece: Buffer, way: Way): boolean {
    const { blackHole, dropReplies, dropReplyPercent = 0, resetPercent = 0, cutAfterBytes } = this.trouble;
    if (blackHole || (dropReplies && way === 'back')) return this.harmed();
    if (way === 'back' && (passage.doomed || this.random() * 100 < dropReplyPercent))
      return this.cut(passage);
    if (this.random() * 100 < resetPercent) return this.cut(passage);
    if (way === 'there') {
      passage.sent += piece.length;
      const { cutReplyTo } = this.trouble;
      if (cutReplyTo && piece.includes(cutReplyTo)) {
        passage.doomed = true;
        this.trouble = { ...this.trouble, cutReplyTo: undefined };
      }
      if (cutAfterBytes !== undefined && passage.sent > cutAfterBytes) {
        const rest = Math.max(0, piece.length - (passage.sent - cutAfterBytes));
        // Only when it is on its way: a connection that is destroyed takes along what it has not sent yet.
        passage.server.write(piece.subarray(0, rest), () => this.cut(passage));
        return true;
      }
    }
    return false;
  }

  private cut(passage: Passage): true {
    passage.client.resetAndDestroy();
    passage.server.destroy();
    return this.harmed();
  }

  private harmed(): true {
    this.harm += 1;
    return true;
  }
}
