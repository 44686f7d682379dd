import type { Duplex } from 'node:stream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { Bug } from '../bug.js';
import { Fault } from '../fault.js';
import type { Arrivals, Listening } from './carrier.js';
import { NatsPipe } from './nats-pipe.js';

const SCHEME = 'nats:';
const SUBJECT = 'banyan.calls.';

/** The way between apps over a NATS server: instead of reaching each other's ports, all of them reach one broker. */
export interface NatsBroker {
  /** Lets connections of other apps in, under a subject that is made for this. */
  listen(connections: number, arrivals: Arrivals): Promise<Listening>;
  /**
   * How to connect to an address that {@link listen} gave.
   *
   * @throws Bug when the address is none
   */
  dialler(address: string): () => Duplex;
  /** Ends all connections over it, and its own. */
  close(): Promise<void>;
}

/**
 * Connects to a NATS server, and again whenever the connection is lost; what was under way then is lost, as with TCP.
 *
 * @param url `nats://host:4222`, `nats://user:password@host:4222`, `nats://token@host:4222` or `tls://…`
 * @param name for NATS's own lists of who is connected
 * @throws Fault when the server can't be reached or does not let us in
 */
export async function connectNats(url: string, name: string): Promise<NatsBroker> {
  // Loaded only where it is used: it costs 20 ms at start.
  const { connect, createInbox } = await import('@nats-io/transport-node');
  const { protocol, username, password, host } = new URL(url);
  const who =
    password !== '' ? { user: decoded(username), pass: decoded(password) } : { token: decoded(username) };
  const nats = await connect({
    servers: host,
    name,
    maxReconnectAttempts: -1,
    timeout: 5_000,
    ...(username !== '' && who),
    ...(protocol === 'tls:' && { tls: {} }),
  }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault(`NATS at ${host} can't be reached: ${why}. See whether it runs, and check NATS_URL.`, {
      acted: 'no',
      cause,
    });
  });
  return new Broker(nats, createInbox);
}

const decoded = decodeURIComponent;

class Broker implements NatsBroker {
  readonly #pipes = new Set<NatsPipe>();

  constructor(
    private readonly nats: NatsConnection,
    private readonly newSubject: (prefix?: string) => string,
  ) {
    void this.#watch();
  }

  async listen(connections: number, arrivals: Arrivals): Promise<Listening> {
    const subject = this.newSubject(SUBJECT.slice(0, -1));
    const pipes = new Set<NatsPipe>();
    let ended: () => void = () => undefined;
    const accept = ({ reply }: Msg) => {
      if (reply === undefined) return;
      if (pipes.size >= connections) {
        NatsPipe.turnAway(this.nats, reply);
        return arrivals.tooMany();
      }
      const pipe = this.#pipe(reply);
      pipes.add(pipe);
      pipe.once('close', () => {
        pipes.delete(pipe);
        if (pipes.size === 0) ended();
      });
      arrivals.arrived(pipe);
    };
    const subscription = this.nats.subscribe(subject, {
      callback: (error, message) => {
        if (error) arrivals.trouble(error);
        else accept(message);
      },
    });
    // An address may be told to others only when the server knows it.
    await this.nats.flush();
    return {
      address: `${SCHEME}${subject}`,
      close: async () => {
        subscription.unsubscribe();
        // Callers are told at once that nobody listens only when the server knows that too.
        if (!this.nats.isClosed()) await this.nats.flush().catch(() => undefined); // a server that is gone knows already
        if (pipes.size > 0) await new Promise<void>((resolve) => (ended = resolve));
      },
    };
  }

  dialler(address: string): () => Duplex {
    const subject = address.slice(SCHEME.length);
    if (!address.startsWith(`${SCHEME}${SUBJECT}`) || /[\s*>]/.test(subject)) {
      throw new Bug(`"${address}" is no address for calls over NATS: take it from the registry.`);
    }
    return () => {
      const pipe = this.#pipe(undefined);
      this.nats.publish(subject, undefined, { reply: pipe.mine });
      return pipe;
    };
  }

  async close(): Promise<void> {
    for (const pipe of this.#pipes) pipe.destroy();
    // Says the last words of the pipes too.
    if (!this.nats.isClosed()) await this.nats.drain();
  }

  #pipe(theirs: string | undefined): NatsPipe {
    const pipe = new NatsPipe(this.nats, this.newSubject(), theirs);
    this.#pipes.add(pipe);
    pipe.once('close', () => this.#pipes.delete(pipe));
    return pipe;
  }

  /** Messages were lost, nobody knows which: every connection over it breaks, and its users connect again. */
  async #watch(): Promise<void> {
    for await (const { type } of this.nats.status()) {
      if (type !== 'disconnect') continue;
      for (const pipe of this.#pipes) pipe.destroy(new Error('the connection to NATS was lost'));
    }
  }
}
