import type { Duplex } from 'node:stream';
import { Bug } from '../bug.js';
import type { Asked } from './asked.js';
import { callHead, readWireError } from './call-frame.js';
import { BrokenFrame, type Frame, frameBytes, KIND } from './frame.js';
import { FramedSocket } from './framed-socket.js';
import { PROTOCOL, type Proof, readHello, readWelcome, type Welcome } from './handshake.js';
import type { ClientLimits } from './limits.js';
import type { RemoteAnswer } from './remote-call.js';
import { newNonce, type SharedSecret } from './secret.js';

export interface CallConnectionOptions {
  readonly secret: SharedSecret;
  /** Who calls, for the callee's log. */
  readonly name: string;
  readonly limits: ClientLimits;
}

/** What the owner of a connection is told. */
export interface CallConnectionEvents {
  /** Both sides have proved themselves. */
  ready(): void;
  /** An answer came: there is room for another call. */
  answered(): void;
  /** The peer has read what was sent: there may be room again. */
  room(): void;
  /** The callee did not begin this call; it is no longer this connection's. */
  notTaken(asked: Asked, why: string): void;
  /** The callee stops: nothing more will be sent here. */
  leaving(): void;
  /** Called once. `inFlight`: calls that were sent and not answered. */
  closed(why: string, inFlight: readonly Asked[]): void;
}

/** How long a peer may take to close a connection on which nothing is left to say. */
const LAST_WORDS_MS = 1_000;

/** One connection to one callee, with any number of calls on it at the same time. */
export class CallConnection {
  readonly #framed: FramedSocket;
  readonly #inFlight = new Map<number, Asked>();
  readonly #nonce = newNonce();
  readonly #connecting: NodeJS.Timeout;
  #serverNonce: string | undefined;
  #welcome: Welcome | undefined;
  #leaving = false;
  #ending: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(
    socket: Duplex,
    private readonly options: CallConnectionOptions,
    private readonly events: CallConnectionEvents,
  ) {
    const { limits } = options;
    this.#framed = new FramedSocket(socket, {
      frameBytes: () => limits.frameBytes,
      frameMs: limits.frameMs,
      onFrame: (frame) => this.#heard(frame),
      onClosed: (why) => this.#closed(why ?? 'it closed the connection'),
      onDrained: () => events.room(),
    });
    this.#connecting = setTimeout(
      () => this.#framed.destroy(`no connection within ${limits.connectMs} ms`),
      limits.connectMs,
    );
  }

  /** True when another call may be sent now. */
  get hasRoom(): boolean {
    if (!this.ready || this.#inFlight.size >= (this.#welcome?.calls ?? 0)) return false;
    return this.#framed.unsent < this.options.limits.unsentBytes;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** True once both sides have proved themselves. */
  get welcomed(): boolean {
    return this.#welcome !== undefined;
  }

  /** True while calls may go out on it. */
  get ready(): boolean {
    return this.welcomed && !this.#leaving && !this.#framed.closed;
  }

  /** When something was heard last, on the clock of `performance.now()`. */
  get heardAt(): number {
    return this.#framed.heardAt;
  }

  /** Sends a call. One that is longer than the callee reads is settled with a bug. */
  send(asked: Asked): void {
    const now = performance.now();
    const { args } = asked.call;
    const head = callHead(asked.call, asked.remainingMs(now));
    const limit = this.#welcome?.frameBytes ?? 0;
    // A character takes three bytes at most: nearly every call is spared the exact count.
    if ((head.length + args.length) * 3 > limit && frameBytes(head, args) > limit) {
      const bytes = `${asked.what} was called with ${frameBytes(head, args)} bytes, and ${limit} are allowed.`;
      asked.failWith(new Bug(`${bytes} Send less: page it, or stage it.`));
      return;
    }
    do this.#lastId = (this.#lastId + 1) % 0x1_0000_0000;
    while (this.#inFlight.has(this.#lastId));
    asked.sent = { at: now, on: this, id: this.#lastId };
    this.#inFlight.set(this.#lastId, asked);
    this.#framed.send(KIND.call, this.#lastId, args, head);
  }

  /** Tells the callee that nobody waits for this call any more. */
  cancel(id: number): void {
    if (this.#inFlight.delete(id)) this.#framed.send(KIND.cancel, id);
    this.#endWhenDone();
  }

  /** Sends nothing more, waits for what is in flight, then closes. */
  leave(): void {
    this.#leaving = true;
    this.#endWhenDone();
  }

  destroy(why: string): void {
    this.#framed.destroy(why);
  }

  #heard(frame: Frame): void {
    if (this.#welcome === undefined) this.#greeted(frame);
    else if (frame.kind === KIND.goodbye) {
      this.events.leaving();
      this.leave();
    } else this.#answered(frame);
  }

  #answered(frame: Frame): void {
    const asked = this.#inFlight.get(frame.id);
    // Not there: it was given up, and its answer met the cancellation on the way.
    if (asked === undefined) return;
    const answer = readAnswer(frame);
    this.#inFlight.delete(frame.id);
    if (answer === 'not taken') this.events.notTaken(asked, frame.body);
    else {
      asked.answered(answer);
      this.events.answered();
    }
    this.#endWhenDone();
  }

  #greeted({ kind, body }: Frame): void {
    if (kind === KIND.refused) return void this.#framed.destroy(`it refused the connection: ${body}`);
    if (this.#serverNonce === undefined && kind === KIND.hello) return void this.#prove(body);
    if (this.#serverNonce === undefined || kind !== KIND.welcome) {
      throw new BrokenFrame('something that is no part of a greeting');
    }
    const welcome = readWelcome(body);
    if (!this.options.secret.isProof(welcome.proof, 'server', this.#serverNonce, this.#nonce)) {
      return void this.#framed.destroy(
        'it does not know the secret for calls between apps: give all apps the same one',
      );
    }
    clearTimeout(this.#connecting);
    this.#welcome = welcome;
    this.events.ready();
  }

  #prove(body: string): void {
    const { protocol, nonce } = readHello(body);
    if (protocol !== PROTOCOL) {
      const versions = `it speaks version ${protocol} of the protocol for calls, and this app ${PROTOCOL}`;
      return void this.#framed.destroy(`${versions}: deploy them at the same version`);
    }
    this.#serverNonce = nonce;
    const proof = this.options.secret.prove('client', nonce, this.#nonce);
    const { name, limits } = this.options;
    const said: Proof = { name, nonce: this.#nonce, proof, frameBytes: limits.frameBytes };
    this.#framed.send(KIND.proof, 0, JSON.stringify(said));
  }

  #endWhenDone(): void {
    if (!this.#leaving || this.#inFlight.size > 0 || this.#ending !== undefined) return;
    this.#framed.end();
    // A peer that hangs does not close its side.
    this.#ending = setTimeout(
      () => this.#framed.destroy('it did not close the connection'),
      LAST_WORDS_MS,
    ).unref();
  }

  #closed(why: string): void {
    clearTimeout(this.#connecting);
    clearTimeout(this.#ending);
    const inFlight = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.events.closed(why, inFlight);
  }
}

/** @throws BrokenFrame when it is no answer */
function readAnswer({ kind, body }: Frame): RemoteAnswer | 'not taken' {
  if (kind === KIND.answer) return { ok: true, value: body };
  if (kind === KIND.error) return { ok: false, error: readWireError(body) };
  if (kind === KIND.notTaken) return 'not taken';
  throw new BrokenFrame(`a frame of kind ${kind}, which no server sends`);
}
