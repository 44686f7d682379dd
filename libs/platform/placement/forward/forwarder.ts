import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Bug } from '../../seam/bug.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { type Destination, type Means, Passage } from './passage.js';
import { type ForwardTrace, forwardContext } from './trace-of.js';

/**
 * How long an idle connection is kept, in ms. Less than any server's own time (Node's is 5 s), so that a request is
 * seldom written to a connection which the other side is closing.
 */
const KEEP_IDLE_MS = 4_000;

/** What a forwarder is told. */
export interface ForwarderOptions extends ForwardTrace {
  readonly log: PlatformLog;
  /** @defaultValue {@link DEFAULT_LIMITS} */
  readonly limits?: Partial<Limits>;
}

/**
 * Passes requests on to other apps over kept connections, and their answers back: streaming both ways, nothing held but
 * what the sockets hold. A client that goes away takes the request to the app along, in every phase.
 *
 * Written on Node's own client. @fastify/reply-from 12.6 was tried first: it rewrites the path (`/a/./b` goes on as
 * `/a/b`), hands the app's `Connection` and what that names back to the client, and asks on for a client that left
 * while the app was thinking.
 */
export class Forwarder {
  private readonly agent = new Agent({ keepAlive: true, timeout: KEEP_IDLE_MS, scheduling: 'lifo' });
  private readonly passages = new Set<Passage>();
  private readonly underWay = new Map<string, number>();
  private readonly unanswered = new Map<string, number>();
  private readonly means: Means;
  private readonly trace: ForwardTrace;

  constructor({ log, limits, ...trace }: ForwarderOptions) {
    this.trace = trace;
    const all = { ...DEFAULT_LIMITS, ...limits };
    this.means = {
      agent: this.agent,
      log,
      limits: all,
      whereIs,
      enter: (address) => this.enter(address, all.atOnce),
      leave: (address) => this.leave(address),
      failed: (module = '') => this.unanswered.set(module, (this.unanswered.get(module) ?? 0) + 1),
    };
  }

  /** How many requests are on their way. */
  get open(): number {
    return this.passages.size;
  }

  /** Requests that nobody answered although their clients waited, since the start, per module. */
  get failed(): ReadonlyMap<string, number> {
    return this.unanswered;
  }

  /**
   * Forwards a request of which the body has not been read yet. Every failure is answered here, as a problem document.
   *
   * @param awaitsContinue the request came by Node's event `checkContinue`: its body is asked for once it is accepted
   */
  forward(
    request: IncomingMessage,
    response: ServerResponse,
    destination: Destination,
    awaitsContinue = false,
  ): void {
    const under = forwardContext(request, destination.module, this.trace);
    const passage = new Passage(request, response, destination, under, this.means);
    this.passages.add(passage);
    response.once('close', () => this.passages.delete(passage));
    passage.begin(awaitsContinue);
  }

  /** Closes the event streams that pass through: they have no end of their own, and their clients come back. */
  endStreams(): void {
    for (const passage of this.passages) if (passage.isEventStream) passage.cut();
  }

  /** Closes every connection to the apps; for when nothing is under way any more. */
  close(): void {
    this.agent.destroy();
  }

  private enter(address: string, atOnce: number): boolean {
    const count = this.underWay.get(address) ?? 0;
    if (count >= atOnce) return false;
    this.underWay.set(address, count + 1);
    return true;
  }

  private leave(address: string): void {
    const count = (this.underWay.get(address) ?? 1) - 1;
    if (count === 0) this.underWay.delete(address);
    else this.underWay.set(address, count);
  }
}

const ADDRESS = /^http:\/\/(?:\[([0-9a-f:.]+)\]|([^:/@]+)):(\d+)\/?$/i;

/** Reads an address for every request; `new URL` would take 2 µs of each. */
function whereIs(address: string): { host: string; port: string } {
  const match = ADDRESS.exec(address);
  if (!match) throw new Bug(`${address} is no address of an app. It looks like http://127.0.0.1:3001.`);
  return { host: (match[1] ?? match[2]) as string, port: match[3] as string };
}
