import type { Duplex } from 'node:stream';
import type { Deadlines } from '../deadlines.js';
import { Asked, type CallOptions } from './asked.js';
import { Breaker } from './breaker.js';
import { CallConnection, type CallConnectionOptions } from './call-connection.js';
import { tcpDialler } from './carrier.js';
import type { NatsBroker } from './nats-broker.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';

/** How the way to one address is, for people. */
export interface LinkState {
  readonly address: string;
  readonly circuit: 'closed' | 'open' | 'half-open';
  readonly connected: boolean;
  /** Calls that were sent and not answered yet. */
  readonly inFlight: number;
  /** Calls that wait for a connection, or for room on it. */
  readonly waiting: number;
}

/**
 * The way to one address: a connection made when it is needed and made again when it breaks, the calls that wait for it in
 * a bounded queue, and the circuit breaker. A call leaves the queue when it is handed to the socket; until then it surely has not reached
 * the callee and may be tried again, afterwards never.
 */
export class Link {
  readonly #dial: () => Duplex;
  readonly #breaker: Breaker;
  readonly #waiting = new Set<Asked>();
  #waitingChars = 0;
  /** Where calls go out; undefined while there is none, or only such as wait for their last answers. */
  #connection: CallConnection | undefined;
  readonly #connections = new Set<CallConnection>();
  #pause: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  #lastFailure = '';
  #closed = false;
  #whenEmpty: () => void = () => undefined;
  /** When somebody called last, on the clock of `performance.now()`. */
  usedAt = performance.now();

  /** @throws Bug when the address is none */
  constructor(
    private readonly address: string,
    private readonly options: CallConnectionOptions & { readonly broker?: NatsBroker },
    private readonly deadlines: Deadlines,
  ) {
    this.#dial = options.broker?.dialler(address) ?? tcpDialler(address);
    this.#breaker = new Breaker(options.limits);
  }

  get state(): LinkState {
    let inFlight = 0;
    for (const connection of this.#connections) inFlight += connection.inFlight;
    return {
      address: this.address,
      circuit: this.#breaker.state,
      connected: this.#connection?.ready ?? false,
      inFlight,
      waiting: this.#waiting.size,
    };
  }

  ask(call: RemoteCall, options: CallOptions): Promise<RemoteAnswer> {
    this.usedAt = performance.now();
    const { attempts } = this.options.limits;
    const asked = new Asked(call, this.address, { attempts, ...options }, (givenUp, by) =>
      this.#givenUp(givenUp, by),
    );
    const objection = options.signal?.aborted ? 'was given up before it was asked.' : this.#objection(asked);
    if (objection !== undefined) {
      asked.fail(objection);
      return asked.answer;
    }
    this.deadlines.watch(asked);
    if (this.#waiting.size === 0 && this.#connection?.hasRoom) this.#connection.send(asked);
    else {
      this.#enqueue(asked);
      this.#pump();
    }
    return asked.answer;
  }

  /** Ends everything at once: what waits was not done, what was sent may have been. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#failWaiting('was not asked: this app is stopping.');
    for (const connection of this.#connections) connection.destroy('this app is stopping');
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
  }

  #objection(asked: Asked): string | undefined {
    const { waiting, waitingChars } = this.options.limits;
    if (this.#closed) return 'was not asked: this app is stopping.';
    if (this.#waiting.size >= waiting || this.#waitingChars + asked.call.args.length > waitingChars) {
      return `was not asked: ${this.#waiting.size} calls wait for it already. Start more instances of it, or call it less.`;
    }
    const admitted = this.#breaker.admits();
    if (admitted === 'no') return this.#sick();
    if (admitted === 'probe') {
      const over = () => this.#breaker.learntNothing();
      asked.answer.then(over, over);
    }
    return undefined;
  }

  #sick(): string {
    return `was not asked: calls to it fail (${this.#lastFailure}), so it is left alone for a while. See why it fails.`;
  }

  #enqueue(asked: Asked): void {
    this.#waiting.add(asked);
    this.#waitingChars += asked.call.args.length;
  }

  #dequeue(asked: Asked): boolean {
    if (!this.#waiting.delete(asked)) return false;
    this.#waitingChars -= asked.call.args.length;
    return true;
  }

  /** Sends what waits, as far as there is room; connects where there is no connection. */
  #pump(): void {
    if (this.#closed || this.#waiting.size === 0 || this.#pause !== undefined) return;
    this.#connection ??= this.#connect();
    for (const asked of this.#waiting) {
      if (!this.#connection.hasRoom) return;
      this.#dequeue(asked);
      this.#connection.send(asked);
    }
  }

  #connect(): CallConnection {
    const connection: CallConnection = new CallConnection(this.#dial(), this.options, {
      ready: () => {
        this.#pauseMs = 0;
        this.#pump();
      },
      answered: () => {
        this.#breaker.succeeded();
        this.#pump();
      },
      room: () => this.#pump(),
      notTaken: (asked, why) => this.#notTaken(asked, why),
      leaving: () => this.#abandon(connection),
      closed: (why, inFlight) => this.#lost(connection, why, inFlight),
    });
    this.#connections.add(connection);
    return connection;
  }

  #abandon(connection: CallConnection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  #notTaken(asked: Asked, why: string): void {
    this.#breaker.succeeded();
    asked.sent = undefined;
    if (--asked.attempts <= 0) return void asked.fail(`was not taken: ${why}`);
    this.#enqueue(asked);
    this.#rest();
  }

  #lost(connection: CallConnection, why: string, inFlight: readonly Asked[]): void {
    this.#abandon(connection);
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#whenEmpty();
    for (const asked of inFlight) {
      asked.fail(
        `lost the connection before its answer came (${why}); it may have acted. See whether it still runs.`,
      );
    }
    if (!connection.welcomed) this.#connectingFailed(why);
    else if (inFlight.length > 0) this.#failed(why);
    this.#pump();
  }

  #connectingFailed(why: string): void {
    for (const asked of this.#waiting) {
      if (--asked.attempts > 0) continue;
      this.#dequeue(asked);
      asked.fail(`could not be asked: ${why}. See whether it runs there.`);
    }
    this.#failed(why);
    this.#rest();
  }

  /** Sends and connects nothing for a moment, longer each time until a connection is there. */
  #rest(): void {
    if (this.#closed || this.#pause !== undefined) return;
    const { pauseMs, longestPauseMs } = this.options.limits;
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, pauseMs), longestPauseMs);
    // Jitter, or all callers of a callee that comes back would come back together.
    const jittered = this.#pauseMs * (0.5 + Math.random() / 2);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, jittered);
  }

  #givenUp(asked: Asked, by: 'deadline' | 'caller'): void {
    if (asked.sent === undefined) return void this.#dequeue(asked);
    const { at, on, id } = asked.sent;
    on.cancel(id);
    const silentMs = performance.now() - Math.max(at, on.heardAt);
    if (by === 'caller' || silentMs < this.options.limits.silenceMs) return;
    // The next connection may reach it where this one hangs.
    if (this.#failed(`nothing was heard from it for ${Math.round(silentMs)} ms`)) {
      this.#abandon(on);
      on.leave();
    }
  }

  #failed(why: string): boolean {
    this.#lastFailure = why;
    if (this.#closed || !this.#breaker.failed()) return false;
    this.#failWaiting(this.#sick());
    return true;
  }

  #failWaiting(why: string): void {
    for (const asked of this.#waiting) {
      this.#dequeue(asked);
      asked.fail(why);
    }
  }
}
