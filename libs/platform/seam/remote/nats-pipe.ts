import { Duplex } from 'node:stream';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';

/** What a message of a pipe is: its first byte. */
const SAYS = { open: 0, data: 1, read: 2, end: 3, lost: 4, alive: 5 } as const;
/** NATS carries messages of 1 MB by default. */
const PIECE_BYTES = 262_144;
/** What may be under way without having been read at the other end: NATS itself drops what a slow reader leaves. */
const WINDOW_BYTES = 1_048_576;
/** How often an end that has nothing to say looks whether the other is still there. */
const ALIVE_MS = 2_000;
/** NATS answers so when nobody listens to a subject. */
const NO_RESPONDERS = 503;

/**
 * A connection between two apps over NATS: bytes in order, nothing twice, nothing missing, or the connection breaks. Each end listens to a
 * subject of its own, whose name nobody can guess; each message names it as its reply subject, so that NATS says at once
 * when nobody listens at the other end. Messages are numbered, because NATS may drop some.
 */
export class NatsPipe extends Duplex {
  readonly #subscription: Subscription;
  readonly #alive: NodeJS.Timeout;
  #said = 0;
  #heard = 0;
  #unread = 0;
  #toConfirm = 0;
  #waiting: (() => void) | undefined;
  #full = false;
  #over = false;

  /** @param theirs where the other end listens; undefined until its first message tells */
  constructor(
    private readonly nats: NatsConnection,
    /** The subject that this end listens to. */
    readonly mine: string,
    private theirs: string | undefined,
  ) {
    super({ allowHalfOpen: false, highWaterMark: WINDOW_BYTES });
    this.#subscription = nats.subscribe(mine, {
      callback: (error, message) => {
        if (error) this.destroy(error);
        else this.#received(message);
      },
    });
    this.#alive = setInterval(() => this.#say(SAYS.alive), ALIVE_MS).unref();
    if (theirs !== undefined) this.#say(SAYS.open);
  }

  /** Tells who asked for a connection that there is none to be had. */
  static turnAway(nats: NatsConnection, theirs: string): void {
    nats.publish(theirs, Buffer.from([SAYS.lost, 0, 0, 0, 0]));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: (error?: Error) => void): void {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      this.#say(SAYS.data, chunk.subarray(at, at + PIECE_BYTES));
    }
    this.#unread += chunk.length;
    if (this.#unread < WINDOW_BYTES) written();
    else this.#waiting = written;
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    written: (error?: Error) => void,
  ): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', written);
  }

  override _read(): void {
    this.#full = false;
    this.#confirm(0);
  }

  override _final(done: () => void): void {
    this.#say(SAYS.end);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#over || error !== null) this.#say(SAYS.lost);
    clearInterval(this.#alive);
    this.#subscription.unsubscribe();
    done(error);
  }

  #say(says: number, bytes?: Buffer): void {
    if (this.theirs === undefined || this.nats.isClosed() || this.nats.isDraining()) return;
    const message = Buffer.allocUnsafe(5 + (bytes?.length ?? 0));
    message.writeUInt8(says, 0);
    message.writeUInt32BE(this.#said, 1);
    bytes?.copy(message, 5);
    this.#said = (this.#said + 1) % 0x1_0000_0000;
    this.nats.publish(this.theirs, message, { reply: this.mine });
  }

  #received({ data, headers, reply }: Msg): void {
    if (headers?.code === NO_RESPONDERS) return void this.destroy(new Error('nobody listens there'));
    const message = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (message.length < 5 || message.readUInt32BE(1) !== this.#heard) {
      return void this.destroy(new Error('NATS lost a message'));
    }
    this.#heard = (this.#heard + 1) % 0x1_0000_0000;
    this.theirs ??= reply || undefined;
    const says = message.readUInt8(0);
    if (says === SAYS.data) this.#take(message.subarray(5));
    else if (says === SAYS.read) this.#wasRead(message.readUInt32BE(5));
    else if (says === SAYS.end) {
      this.#over = true;
      this.push(null);
    } else if (says === SAYS.lost) this.destroy(new Error('the other end broke off'));
  }

  #take(bytes: Buffer): void {
    if (!this.push(bytes)) this.#full = true;
    this.#confirm(bytes.length);
  }

  /** Tells the other end how much was read, in big steps. */
  #confirm(bytes: number): void {
    this.#toConfirm += bytes;
    if (this.#full || this.#toConfirm < WINDOW_BYTES / 4) return;
    const read = Buffer.allocUnsafe(4);
    read.writeUInt32BE(this.#toConfirm);
    this.#toConfirm = 0;
    this.#say(SAYS.read, read);
  }

  #wasRead(bytes: number): void {
    this.#unread -= bytes;
    if (this.#unread >= WINDOW_BYTES) return;
    const written = this.#waiting;
    this.#waiting = undefined;
    written?.();
  }
}
