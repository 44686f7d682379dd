import type { Server, ServerResponse } from 'node:http';
import { isEventStream } from './exchange.js';

/**
 * The answers under way, and how they end when the app stops: event streams at once (their clients come back by
 * `Last-Event-ID`), all others when they are finished, and each takes its connection along, because Fastify waits for
 * idle connections until their keep-alive runs out (72 s). What is left after the grace is cut.
 */
export class OpenExchanges {
  readonly #responses = new Set<ServerResponse>();
  #stopping = false;

  /** True from the first call of {@link stop} on. */
  get stopping(): boolean {
    return this.#stopping;
  }

  add(response: ServerResponse): void {
    this.#responses.add(response);
    if (this.#stopping) response.shouldKeepAlive = false;
  }

  delete(response: ServerResponse): void {
    this.#responses.delete(response);
  }

  /**
   * Begins to stop; a second call changes nothing.
   *
   * @param graceMs how long answers under way may still take
   */
  stop(server: Server, graceMs: number): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const response of this.#responses) {
      response.shouldKeepAlive = false;
      if (isEventStream(response)) response.destroy();
    }
    const cut = setTimeout(() => server.closeAllConnections(), graceMs).unref();
    server.once('close', () => clearTimeout(cut));
  }
}
