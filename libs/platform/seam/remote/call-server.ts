import type { PlatformLog } from '../../telemetry/platform-log.js';
import { Deadlines } from '../deadlines.js';
import type { GiveUpSignal } from '../giving-up.js';
import { type Arrivals, type Listening, listenTcp } from './carrier.js';
import { Complaints } from './complaints.js';
import { SERVER_LIMITS, type ServerLimits } from './limits.js';
import type { NatsBroker } from './nats-broker.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';
import { SharedSecret } from './secret.js';
import { ServedConnection, type ServedHouse } from './served-connection.js';

export interface CallServerOptions {
  /** Listens over NATS instead of on a port; closed by whoever made it, after the server. */
  readonly broker?: NatsBroker;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What every app of the system knows: at least 16 characters. */
  readonly secret: string;
  /**
   * Makes the call. The signal aborts when the caller gave up, its time is over, or its connection is lost. A call counts as in work
   * until this promise settles, whether anybody waits for it or not.
   */
  readonly answer: (call: RemoteCall, signal: GiveUpSignal) => Promise<RemoteAnswer>;
  readonly limits?: Partial<ServerLimits>;
  readonly log: PlatformLog;
}

/** Answers calls of other apps. */
export interface CallServer {
  /** `host:port` or a subject of NATS, for the registry. */
  readonly address: string;
  /** What it has to do at the moment. */
  load(): { readonly connections: number; readonly inWork: number };
  /**
   * Takes no more calls, answers those in work, closes. Safe to call twice.
   *
   * @param deadlineMs what still runs then is told to stop, and its caller gets a fault that says it may have acted
   */
  stop(deadlineMs: number): Promise<void>;
}

/** How long clients may take to read the last answers and close. */
const LAST_WORDS_MS = 500;

/**
 * Listens for calls of other apps.
 *
 * @throws Bug when the secret is too short
 * @throws Error when the address can't be listened on
 */
export async function startCallServer(options: CallServerOptions): Promise<CallServer> {
  const running = new RunningServer(options);
  await running.listen(options);
  return running;
}

class RunningServer implements CallServer {
  readonly #connections = new Set<ServedConnection>();
  readonly #house: ServedHouse;
  /** Called whenever a call or a connection ends while it stops. */
  #changed: () => void = () => undefined;
  #stopped: Promise<void> | undefined;
  #listening: Listening | undefined;

  constructor(options: CallServerOptions) {
    const limits = { ...SERVER_LIMITS, ...options.limits };
    this.#house = {
      answer: options.answer,
      secret: new SharedSecret(options.secret),
      limits,
      deadlines: new Deadlines(),
      complaints: new Complaints(options.log),
      inWork: 0,
      inWorkChars: 0,
      stopping: false,
      ended: () => this.#changed(),
      gone: (connection) => {
        this.#connections.delete(connection);
        this.#changed();
      },
    };
  }

  async listen({ broker, host, port }: CallServerOptions): Promise<void> {
    const { limits, complaints } = this.#house;
    const arrivals: Arrivals = {
      arrived: (connection) => this.#connections.add(new ServedConnection(this.#house, connection)),
      tooMany: () =>
        complaints.about(
          'connections',
          `More than ${limits.connections} apps connect for calls: the next ones are dropped.`,
        ),
      trouble: (error) =>
        complaints.about('accept', 'A connection for calls could not be accepted.', { error }),
    };
    this.#listening = broker
      ? await broker.listen(limits.connections, arrivals)
      : await listenTcp(host, port, limits.connections, arrivals);
  }

  get address(): string {
    return this.#listening?.address ?? '';
  }

  load(): { connections: number; inWork: number } {
    return { connections: this.#connections.size, inWork: this.#house.inWork };
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#house.stopping = true;
    const closed = this.#listening?.close();
    for (const connection of this.#connections) connection.sayGoodbye();
    await this.#until(() => this.#house.inWork === 0, deadlineMs);
    for (const connection of this.#connections)
      connection.finish('its app stopped before it was done. See what it did before asking again.');
    await this.#until(() => this.#connections.size === 0, LAST_WORDS_MS);
    for (const connection of this.#connections) connection.destroy('the server stops');
    await Promise.all([closed, this.#until(() => this.#connections.size === 0, LAST_WORDS_MS)]);
  }

  /** Resolves when `true` is so, or after `withinMs`. */
  #until(isSo: () => boolean, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#changed = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#changed = () => {
        if (isSo()) done();
      };
      this.#changed();
    });
  }
}
