import { Deadlines } from '../deadlines.js';
import type { CallOptions } from './asked.js';
import { CLIENT_LIMITS, type ClientLimits } from './limits.js';
import { Link, type LinkState } from './link.js';
import type { NatsBroker } from './nats-broker.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';
import { SharedSecret } from './secret.js';

export interface CallClientOptions {
  /** What every app of the system knows: at least 16 characters. */
  readonly secret: string;
  /** Who calls, for the callee's log: `marketplace@host:4711`. */
  readonly name: string;
  readonly limits?: Partial<ClientLimits>;
  /** Calls over NATS instead of TCP; closed by whoever made it, after the client. */
  readonly broker?: NatsBroker;
}

/**
 * Calls other apps. One connection for each address carries any number of calls at the same time; what can't be sent
 * yet waits in a bounded queue; an address that fails is left alone for a while.
 */
export class CallClient {
  readonly #links = new Map<string, Link>();
  readonly #deadlines = new Deadlines();
  readonly #options: {
    readonly secret: SharedSecret;
    readonly name: string;
    readonly limits: ClientLimits;
    readonly broker?: NatsBroker;
  };
  #closed = false;

  /** @throws Bug when the secret is too short */
  constructor({ secret, name, limits, broker }: CallClientOptions) {
    this.#options = {
      secret: new SharedSecret(secret),
      name,
      limits: { ...CLIENT_LIMITS, ...limits },
      ...(broker && { broker }),
    };
  }

  /**
   * Asks the app at `address`. What the callee answers, its refusals, faults and bugs included, is the answer; what goes
   * wrong on the way is thrown. It is tried again only while it surely has not reached the callee.
   *
   * @param address as the registry has it: `host:port`, or a subject of NATS
   * @throws Fault with `acted: 'no'` when it surely never reached the callee: no connection, no room, an open circuit, not taken
   * @throws Fault with `acted: 'maybe'` when it was sent, and its time was over or the connection lost before the answer
   * @throws Bug when the arguments are longer than the callee reads, or the address is none
   */
  call(address: string, call: RemoteCall, options: CallOptions): Promise<RemoteAnswer> {
    try {
      return this.#link(address).ask(call, options);
    } catch (unfit) {
      return Promise.reject(unfit);
    }
  }

  /** The ways to all addresses called lately. */
  links(): readonly LinkState[] {
    return [...this.#links.values()].map((link) => link.state);
  }

  /** Ends at once: calls that wait fail with `acted: 'no'`, calls under way with `maybe`. Resolves when all sockets are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  #link(address: string): Link {
    const known = this.#links.get(address);
    if (known !== undefined) return known;
    this.#forgetIdle();
    const link = new Link(address, this.#options, this.#deadlines);
    if (this.#closed) void link.close();
    this.#links.set(address, link);
    return link;
  }

  /** Instances come and go, and take other ports: what is not called any more is forgotten when another one is first called. */
  #forgetIdle(): void {
    const before = performance.now() - this.#options.limits.idleMs;
    for (const [address, link] of this.#links) {
      const { inFlight, waiting } = link.state;
      if (link.usedAt > before || inFlight + waiting > 0) continue;
      this.#links.delete(address);
      void link.close();
    }
  }
}
