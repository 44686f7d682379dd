import type { Duplex } from 'node:stream';
import { BrokenFrame, encodeFrames, type Frame, FrameReader } from './frame.js';

export interface FramedSocketOptions {
  /** The longest frame to read, at the moment. */
  readonly frameBytes: () => number;
  /** How long a frame may take from its first byte to its last. */
  readonly frameMs: number;
  readonly onFrame: (frame: Frame) => void;
  /** Called once. `why` is missing when the peer closed in good order. */
  readonly onClosed: (why: string | undefined) => void;
  /** Called when the peer has read what was handed to the socket. */
  readonly onDrained?: () => void;
}

/**
 * One end of a connection that speaks in frames. Everything said within one turn of the event loop goes out in one write:
 * at 64 calls at a time that is most of the difference to a write for each.
 */
export class FramedSocket {
  readonly #reader: FrameReader;
  #outgoing: Frame[] = [];
  #outgoingChars = 0;
  #frameTimer: NodeJS.Timeout | undefined;
  #why: string | undefined;
  #closed = false;
  #ended = false;
  /** When something was heard last, on the clock of `performance.now()`. */
  heardAt = performance.now();

  constructor(
    private readonly socket: Duplex,
    private readonly options: FramedSocketOptions,
  ) {
    this.#reader = new FrameReader(options.frameBytes);
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('drain', () => options.onDrained?.());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why ??= error.code ?? error.message;
    });
    socket.on('close', () => {
      this.#closed = true;
      clearTimeout(this.#frameTimer);
      options.onClosed(this.#why);
    });
  }

  /** True from the moment when nothing more is read or sent. */
  get closed(): boolean {
    return this.#closed || this.socket.destroyed;
  }

  /** What the peer has not read yet, roughly in bytes. */
  get unsent(): number {
    return this.#outgoingChars + this.socket.writableLength;
  }

  /** Says something at the end of this turn of the event loop. */
  send(kind: number, id: number, body = '', head = ''): void {
    if (this.closed || this.#ended) return;
    if (this.#outgoing.length === 0) process.nextTick(() => this.#flush());
    this.#outgoing.push({ kind, id, head, body });
    this.#outgoingChars += head.length + body.length;
  }

  /** Reads no more until {@link resume}. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Says what is still to be said, then closes. What comes from now on is not heard. */
  end(): void {
    this.#flush();
    this.#ended = true;
    this.socket.end();
  }

  /** Closes at once; what the peer has not read is lost. */
  destroy(why: string): void {
    this.#why ??= why;
    this.socket.destroy();
  }

  #flush(): void {
    if (this.#outgoing.length === 0 || this.closed) return;
    const bytes = encodeFrames(this.#outgoing);
    this.#outgoing = [];
    this.#outgoingChars = 0;
    this.socket.write(bytes);
  }

  #received(chunk: Buffer): void {
    if (this.#ended) return;
    this.heardAt = performance.now();
    let completed = false;
    try {
      this.#reader.push(chunk, (frame) => {
        completed = true;
        this.options.onFrame(frame);
        return !this.closed && !this.#ended;
      });
    } catch (error) {
      if (!(error instanceof BrokenFrame)) throw error;
      this.destroy(`it sent ${error.message}`);
    }
    this.#watchFrame(completed);
  }

  #watchFrame(completed: boolean): void {
    if (this.#frameTimer !== undefined && !completed) return;
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
    if (!this.#reader.inFrame || this.closed) return;
    this.#frameTimer = setTimeout(() => this.#frameOverdue(), this.options.frameMs).unref();
  }

  #frameOverdue(): void {
    const overdue = this.#frameTimer;
    // A process that was busy for long runs its timers before it reads: the rest may lie there already.
    setImmediate(() => {
      if (this.#frameTimer !== overdue || this.closed) return;
      if (!this.socket.isPaused()) return void this.destroy('it sent a part of a frame and then nothing');
      this.#frameTimer = undefined;
      this.#watchFrame(true);
    });
  }
}
