import type { Waiting } from '../deadlines.js';
import { Fault } from '../fault.js';
import type { GiveUpSignal } from '../giving-up.js';
import type { CallConnection } from './call-connection.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';

export interface CallOptions {
  /** How long the answer may take, waiting for a connection included. */
  readonly timeoutMs: number;
  /** Aborts when the caller waits no longer; the callee is told. */
  readonly signal?: GiveUpSignal;
}

/** A call at the client, from the moment it was asked until it is settled. */
export class Asked implements Waiting {
  open = true;
  /** Where it was handed to a socket: from then on the callee may have acted. */
  sent: { readonly at: number; readonly on: CallConnection; readonly id: number } | undefined;
  /** Attempts that are left. */
  attempts: number;
  readonly timeoutMs: number;
  readonly deadline: number;
  #resolve!: (answer: RemoteAnswer) => void;
  #reject!: (error: Error) => void;
  #unsubscribe: (() => void) | undefined;
  readonly answer: Promise<RemoteAnswer>;

  constructor(
    readonly call: RemoteCall,
    readonly address: string,
    options: CallOptions & { readonly attempts: number },
    /** Told when nobody waits for it any more, by time or by the caller. */
    private readonly givenUp: (asked: Asked, by: 'deadline' | 'caller') => void,
  ) {
    this.attempts = options.attempts;
    this.timeoutMs = Math.min(options.timeoutMs, call.context.remainingMs);
    this.deadline = performance.now() + this.timeoutMs;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = options;
    if (!signal) return;
    const abort = () => this.#cancelled();
    signal.addEventListener('abort', abort, { once: true });
    this.#unsubscribe = () => signal.removeEventListener('abort', abort);
  }

  /** `StockApi.find of stock at 127.0.0.1:4001`, for messages. */
  get what(): string {
    return `${this.call.token}.${this.call.method} of ${this.call.module} at ${this.address}`;
  }

  /** What is left of its time, on the clock of `performance.now()`. */
  remainingMs(now: number): number {
    return Math.max(1, Math.round(this.deadline - now));
  }

  answered(answer: RemoteAnswer): void {
    if (this.#settle()) this.#resolve(answer);
  }

  /** Settles it with a fault that says whether the callee may have acted. */
  fail(why: string, cause?: unknown): void {
    this.failWith(
      new Fault(`${this.what} ${why}`, { acted: this.sent === undefined ? 'no' : 'maybe', cause }),
    );
  }

  failWith(error: Error): void {
    if (this.#settle()) this.#reject(error);
  }

  /** Called by the deadlines, which have closed it already. */
  expire(): void {
    this.open = true; // until it is failed, below
    const sent = this.sent !== undefined;
    this.givenUp(this, 'deadline');
    this.fail(
      sent
        ? `did not answer within ${this.timeoutMs} ms; it may still act. Make it faster, give it more time, or let an event carry the work.`
        : `could not be asked within ${this.timeoutMs} ms: there was no connection, or no room on it. See whether it runs, and start more instances if it is overloaded.`,
    );
  }

  #cancelled(): void {
    if (!this.open) return;
    this.givenUp(this, 'caller');
    this.fail('was given up by its caller.');
  }

  #settle(): boolean {
    if (!this.open) return false;
    this.open = false;
    this.#unsubscribe?.();
    return true;
  }
}
