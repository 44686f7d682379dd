import { connect, type Socket } from 'node:net';
import type { Asked } from './chains.js';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/**
 * One kept-alive HTTP connection with one request on it at a time. Hand-made because the load shares the cores with what it
 * measures: node:http costs 27 to 45 µs of processor time per request (apps/bench/drive/client.ts), which would flatter
 * the slower variants. It reads what our servers and Fastify write (content-length or chunks), nothing else.
 */
export class Connection {
  private socket: Socket | undefined;
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve(status: number): void; reject(error: Error): void } | undefined;
  private readonly host: string;

  constructor(private readonly url: URL) {
    this.host = url.host;
  }

  /**
   * Sends a request and reads the whole answer.
   *
   * @returns its status
   * @throws Error when the connection ended first
   */
  async ask({ method, path, body }: Asked): Promise<number> {
    const socket = this.socket ?? (await this.open());
    const head = `${method} ${path} HTTP/1.1\r\nhost: ${this.host}\r\n`;
    const answered = new Promise<number>((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
    socket.write(
      body === undefined
        ? `${head}\r\n`
        : `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    return answered;
  }

  close(): void {
    this.socket?.destroy();
  }

  private async open(): Promise<Socket> {
    const socket = connect({ host: this.url.hostname, port: Number(this.url.port), noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.on('error', () => undefined); // 'close' follows, and tells
    socket.on('close', () => {
      this.socket = undefined;
      this.received = Buffer.alloc(0);
      this.settle(new Error('The connection ended before its answer.'));
    });
    socket.on('data', (data) => this.take(data));
    this.socket = socket;
    return socket;
  }

  private take(data: Buffer): void {
    this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    const headEnd = this.received.indexOf(END_OF_HEAD);
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const bodyStart = headEnd + END_OF_HEAD.length;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const whole =
      length === undefined
        ? this.received.length >= bodyStart + LAST_CHUNK.length &&
          this.received.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
        : this.received.length >= bodyStart + Number(length);
    if (!whole) return;
    this.received = Buffer.alloc(0);
    // A server that ends the connection behind its answer must not get another request on it.
    if (/\r\nconnection: *close/i.test(head)) this.socket?.destroy();
    this.settle(Number(head.slice(9, 12)));
  }

  private settle(outcome: number | Error): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (outcome instanceof Error) waiting?.reject(outcome);
    else waiting?.resolve(outcome);
  }
}
