import http from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { Requests } from './requests.js';

/** Answers later than this are not waited for: the request counts as failed, its outcome as unknown. */
export const ANSWER_WITHIN_MS = 10_000;

/** How often a system that is away is asked whether it is back. */
const PROBE_EVERY_MS = 200;

/** What the system answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly ok: boolean;
}

/** A request that got no answer: refused, reset, or late. Whether the system acted on it is unknown. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';

  /** @param code `ECONNREFUSED`, `ECONNRESET`, `TIMEOUT`, ... */
  constructor(
    readonly code: string,
    readonly request: string,
  ) {
    super(`${request} got no answer (${code})`);
  }
}

/**
 * The HTTP client of the driver, on node:http with kept-alive connections: 27 to 45 µs of CPU per request, against 120 to 150 µs
 * of the global fetch (Node 24, 16 connections, median of three interleaved rounds). The driver shares its cores with
 * what it measures, so that counts.
 */
export class Client {
  private readonly agent: http.Agent;
  private readonly request: typeof http.request;
  private readonly base: URL;
  private lost = false;
  private returning: Promise<boolean> | undefined;

  /**
   * @param url where the marketplace answers
   * @param requests where every request and failure is counted
   */
  constructor(
    url: string,
    private readonly requests: Requests,
    private readonly answerWithinMs = ANSWER_WITHIN_MS,
  ) {
    this.base = new URL(url);
    const secure = this.base.protocol === 'https:';
    this.agent = secure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
    this.request = secure ? https.request : http.request;
  }

  /**
   * Sends one request and reads the whole answer, whatever its status.
   *
   * @param route the path with its parameters named (`PATCH /cart/:id/add`): what failures are counted under
   * @throws Unanswered when there is no answer in time
   */
  async send(method: string, path: string, route: string, body?: unknown): Promise<Answer> {
    try {
      const answer = await this.exchange(method, path, body);
      this.requests.answered(`${method} ${route}`, answer);
      return answer;
    } catch (error) {
      const code =
        (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
      this.requests.unanswered(`${method} ${route}`, code);
      this.lost = true;
      throw new Unanswered(code, `${method} ${path}`);
    }
  }

  /**
   * Waits while the system is away: after a request without an answer, until it says that it is ready again. One probe
   * for all workers, and not counted: thousands of refused requests would say nothing but how fast we can ask.
   *
   * @param enough ends the waiting
   * @returns whether the system is there
   */
  async present(enough: () => boolean): Promise<boolean> {
    if (!this.lost) return true;
    this.returning ??= this.untilReady(enough).finally(() => {
      this.returning = undefined;
    });
    return this.returning;
  }

  /** Closes the connections. */
  close(): void {
    this.agent.destroy();
  }

  private async untilReady(enough: () => boolean): Promise<boolean> {
    while (!enough()) {
      const status = await this.exchange('GET', '/health/ready', undefined).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status > 0 && status < 500) {
        this.lost = false;
        return true;
      }
      await pause(PROBE_EVERY_MS);
    }
    return false;
  }

  private exchange(method: string, path: string, body: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = this.request({
        host: this.base.hostname,
        port: this.base.port,
        path: (this.base.pathname === '/' ? '' : this.base.pathname) + path,
        method,
        agent: this.agent,
        ...(text !== undefined && {
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        }),
      });
      const late = setTimeout(() => request.destroy(coded('TIMEOUT')), this.answerWithinMs);
      const failed = (error: Error) => {
        clearTimeout(late);
        reject(error);
      };
      request.on('error', failed);
      request.on('response', (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          received += chunk;
        });
        response.on('error', failed);
        response.on('end', () => {
          clearTimeout(late);
          const status = response.statusCode ?? 0;
          resolve({ status, body: received, ok: status >= 200 && status < 300 });
        });
      });
      request.end(text);
    });
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
