/**
 * A frame: u32 length of what follows · u8 kind · u32 id of the call · u32 length of the head · head · body, all numbers
 * big-endian, all text UTF-8. The arguments are JSON already; as a body of their own they need not be quoted into
 * another JSON text and out of it again.
 */
export interface Frame {
  readonly kind: number;
  /** Which call it is about, numbered by the client on each connection; 0 where it is about none. */
  readonly id: number;
  readonly head: string;
  readonly body: string;
}

/** What a frame says. The numbers are the protocol: never reuse one. */
export const KIND = {
  /** Server: a nonce to prove the secret with. */
  hello: 1,
  /** Client: the proof, and a nonce of its own. */
  proof: 2,
  /** Server: its proof, and its limits. Calls may begin. */
  welcome: 3,
  /** Server: why it closes the connection. */
  refused: 4,
  call: 5,
  /** The result, in the wire format. */
  answer: 6,
  /** The `WireError` of a call that was taken. */
  error: 7,
  /** The call was not begun: busy, or stopping. */
  notTaken: 8,
  /** Client: nobody waits for this call any more. */
  cancel: 9,
  /** Server: it is stopping; what it works on will still be answered. */
  goodbye: 10,
} as const;

const LENGTH_BYTES = 4;
/** Kind, id and length of the head. */
const FIXED_BYTES = 9;

/** How many bytes of the limit a frame of this text takes. */
export function frameBytes(head: string, body: string): number {
  return FIXED_BYTES + Buffer.byteLength(head) + Buffer.byteLength(body);
}

/** Writes frames one behind the other into one piece of memory: one system call sends them all. */
export function encodeFrames(frames: readonly Frame[]): Buffer {
  const sizes = frames.map(({ head, body }) => [Buffer.byteLength(head), Buffer.byteLength(body)] as const);
  const total = sizes.reduce((sum, [head, body]) => sum + LENGTH_BYTES + FIXED_BYTES + head + body, 0);
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  frames.forEach((frame, index) => {
    const [head, body] = sizes[index] as readonly [number, number];
    at = bytes.writeUInt32BE(FIXED_BYTES + head + body, at);
    at = bytes.writeUInt8(frame.kind, at);
    at = bytes.writeUInt32BE(frame.id, at);
    at = bytes.writeUInt32BE(head, at);
    at += bytes.write(frame.head, at);
    at += bytes.write(frame.body, at);
  });
  return bytes;
}

/** What came is not of this protocol, or not within its bounds: the connection must be closed. */
export class BrokenFrame extends Error {
  override readonly name = 'BrokenFrame';
}

/** Cuts a stream of bytes into frames. Keeps at most one frame's worth of bytes, and only as many as really came. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #kept = 0;
  /** Bytes needed before it is worth looking again. */
  #needed = LENGTH_BYTES;

  /** @param limit the longest frame, asked at every frame: strangers get a shorter one */
  constructor(private readonly limit: () => number) {}

  /** True while a frame has begun and its end has not come. */
  get inFrame(): boolean {
    return this.#kept > 0;
  }

  /**
   * Takes what came, hands out the frames that are complete.
   *
   * @param onFrame answers false to stop: the rest of the bytes is dropped
   * @throws BrokenFrame
   */
  push(chunk: Buffer, onFrame: (frame: Frame) => boolean): void {
    this.#kept += chunk.length;
    if (this.#kept < this.#needed) {
      this.#pieces.push(chunk);
      return;
    }
    const bytes = this.#pieces.length === 0 ? chunk : Buffer.concat([...this.#pieces, chunk], this.#kept);
    let at = 0;
    this.#needed = LENGTH_BYTES;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = bytes.readUInt32BE(at);
      this.#check(length);
      if (bytes.length - at < LENGTH_BYTES + length) {
        this.#needed = LENGTH_BYTES + length;
        break;
      }
      at += LENGTH_BYTES;
      if (!onFrame(decodeFrame(bytes, at, length))) return void this.#keep(undefined);
      at += length;
    }
    this.#keep(at < bytes.length ? bytes.subarray(at) : undefined);
  }

  #check(length: number): void {
    if (length < FIXED_BYTES) throw new BrokenFrame(`a frame of ${length} bytes, which is no frame`);
    const limit = this.limit();
    if (length > limit) throw new BrokenFrame(`a frame of ${length} bytes, and ${limit} are allowed`);
  }

  #keep(rest: Buffer | undefined): void {
    this.#pieces = rest === undefined ? [] : [rest];
    this.#kept = rest?.length ?? 0;
  }
}

function decodeFrame(bytes: Buffer, at: number, length: number): Frame {
  const head = bytes.readUInt32BE(at + 5);
  const headAt = at + FIXED_BYTES;
  const end = at + length;
  if (headAt + head > end) throw new BrokenFrame(`a frame whose head is longer than itself`);
  return {
    kind: bytes.readUInt8(at),
    id: bytes.readUInt32BE(at + 1),
    head: bytes.toString('utf8', headAt, headAt + head),
    body: bytes.toString('utf8', headAt + head, end),
  };
}
