import { createServer, type Server, type Socket } from 'node:net';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { Deadlines } from '../deadlines.js';
import { Complaints } from './complaints.js';
import { SERVER_LIMITS, type ServerLimits } from './limits.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';
import { SharedSecret } from './secret.js';
import { ServedConnection, type ServedHouse } from './served-connection.js';

export interface CallServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What every app of the system knows: at least 16 characters. */
  readonly secret: string;
  /**
   * Makes the call. The signal aborts when the caller gave up, its time is over, or its connection is lost. A call counts as in work
   * until this promise settles, whether anybody waits for it or not.
   */
  readonly answer: (call: RemoteCall, signal: AbortSignal) => Promise<RemoteAnswer>;
  readonly limits?: Partial<ServerLimits>;
  readonly log: PlatformLog;
}

/** Answers calls of other apps. */
export interface CallServer {
  /** `host:port`, for the registry. */
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
  await running.listen(options.host, options.port);
  return running;
}

class RunningServer implements CallServer {
  readonly #connections = new Set<ServedConnection>();
  readonly #house: ServedHouse;
  readonly #server: Server;
  /** Called whenever a call or a connection ends while it stops. */
  #changed: () => void = () => undefined;
  #stopped: Promise<void> | undefined;
  address = '';

  constructor(options: CallServerOptions) {
    const limits = { ...SERVER_LIMITS, ...options.limits };
    this.#house = {
      answer: options.answer,
      secret: new SharedSecret(options.secret),
      limits,
      deadlines: new Deadlines(),
      complaints: new Complaints(options.log),
      inWork: 0,
      stopping: false,
      ended: () => this.#changed(),
      gone: (connection) => {
        this.#connections.delete(connection);
        this.#changed();
      },
    };
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = limits.connections;
    this.#server.on('drop', () =>
      this.#house.complaints.about(
        'connections',
        `More than ${limits.connections} apps connect for calls: the next ones are dropped.`,
      ),
    );
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // Failing to accept (no file descriptors left) ends no connection that is there.
    this.#server.on('error', (error) =>
      this.#house.complaints.about('accept', 'A connection for calls could not be accepted.', { error }),
    );
    const bound = this.#server.address();
    const named = host.includes(':') ? `[${host}]` : host;
    this.address = `${named}:${typeof bound === 'object' ? bound?.port : port}`;
  }

  load(): { connections: number; inWork: number } {
    return { connections: this.#connections.size, inWork: this.#house.inWork };
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  #accept(socket: Socket): void {
    this.#connections.add(new ServedConnection(this.#house, socket));
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#house.stopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.sayGoodbye();
    await this.#until(() => this.#house.inWork === 0, deadlineMs);
    for (const connection of this.#connections) connection.finish('its app stopped before it was done.');
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
