import type { Server, ServerResponse } from 'node:http';
import { isEventStream } from './exchange.js';

/** For the last bytes of the last answer to leave, in ms. */
const LAST_BYTES_MS = 100;

/**
 * The answers under way, and how they end when the app stops: event streams at once (their clients come back by
 * `Last-Event-ID`), all others when they are finished, and each takes its connection along, because Fastify waits for
 * idle connections until their keep-alive runs out (72 s). What is left after the grace is cut.
 */
export class OpenExchanges {
  readonly #responses = new Set<ServerResponse>();
  #leaving = false;
  #stopped: Promise<void> | undefined;
  #allClosed: () => void = () => undefined;

  /** True from {@link leave} on: others should send their requests elsewhere. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** True from the first call of {@link stop} on. */
  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  add(response: ServerResponse): void {
    this.#responses.add(response);
    if (this.stopping) response.shouldKeepAlive = false;
  }

  delete(response: ServerResponse): void {
    this.#responses.delete(response);
    if (this.#responses.size === 0) this.#allClosed();
  }

  /** From now on this app says that it is not ready; it goes on answering. */
  leave(): void {
    this.#leaving = true;
  }

  /**
   * Begins to stop; a second call waits for the first.
   *
   * @param graceMs how long answers under way may still take
   * @returns resolves when no answer is under way any more
   */
  stop(server: Server, graceMs: number): Promise<void> {
    this.#leaving = true;
    this.#stopped ??= new Promise((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      this.#allClosed = () => {
        clearTimeout(cut);
        // What is still open now sends half a request, or none.
        const rest = setTimeout(() => server.closeAllConnections(), LAST_BYTES_MS).unref();
        server.once('close', () => clearTimeout(rest));
        this.#allClosed = () => undefined;
        resolve();
      };
    });
    for (const response of this.#responses) {
      response.shouldKeepAlive = false;
      if (isEventStream(response)) response.destroy();
    }
    if (this.#responses.size === 0) this.#allClosed();
    return this.#stopped;
  }
}
