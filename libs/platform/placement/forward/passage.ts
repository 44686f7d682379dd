import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import type { Trace } from '../../telemetry/call-context.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { answerHead } from './answer-head.js';
import { BUSY, DIED, type Failure, failureOf, REFUSED, SILENT, STALLED, UNREACHABLE } from './failure.js';
import type { Limits } from './limits.js';
import { endAfterRequest, stillSends, tell } from './own-answer.js';
import { type RequestHead, requestHead } from './request-head.js';
import { targetOf } from './target.js';
import type { ForwardContext } from './trace-of.js';
import { Unforwardable } from './unforwardable.js';

/** Where a request goes. */
export interface Destination {
  /** Of the app that answers: `http://host:port`. */
  readonly address: string;
  /** The module that answers there, for the log. */
  readonly module?: string;
  /**
   * Another address that can answer, or undefined; asked once, when nothing listens at the first one, so that nothing of
   * the request has been sent.
   */
  readonly otherwise?: () => string | undefined;
}

/** What all passages of a forwarder share. */
export interface Means {
  readonly agent: Agent;
  readonly limits: Limits;
  readonly log: PlatformLog;
  /** Host and port of an address. */
  whereIs(address: string): { readonly host: string; readonly port: string };
  /** Takes a place among the requests under way to an address; false when there is none. */
  enter(address: string): boolean;
  leave(address: string): void;
  /** Counts a request that nobody answered although its client waited. */
  failed(module: string | undefined): void;
}

/** One request on its way to an app, and the answer on its way back. */
export class Passage {
  private upstream: ClientRequest | undefined;
  private answer: IncomingMessage | undefined;
  private address: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private settled = false;
  private asked = 0;
  private failure: Failure | undefined;
  private readonly begun = performance.now();

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly destination: Destination,
    private readonly under: ForwardContext,
    private readonly means: Means,
  ) {}

  /** Whether the answer is a stream of events, which has no end of its own. */
  get isEventStream(): boolean {
    return this.answer?.headers['content-type']?.startsWith('text/event-stream') === true;
  }

  private get trace(): Trace {
    return this.under.context.trace;
  }

  /** @param awaitsContinue the client sends its body once it is told to */
  begin(awaitsContinue: boolean): void {
    const { request, response } = this;
    response.once('close', () => this.leaveSpan());
    let head: RequestHead;
    let path: string;
    try {
      head = requestHead(request, request.socket.remoteAddress, this.trace);
      path = targetOf(request.url ?? '', request.headers.host).pathAndQuery;
    } catch (error) {
      if (!(error instanceof Unforwardable)) throw error;
      tell(request, response, { status: error.status, detail: error.message }, this.trace);
      return;
    }
    response.once('close', () => this.close());
    if (awaitsContinue) response.writeContinue();
    this.ask(this.destination.address, path, head);
  }

  /** Cuts both sides. */
  cut(): void {
    this.response.destroy();
  }

  private ask(address: string, path: string, head: RequestHead): void {
    const { means, request } = this;
    if (!means.enter(address)) {
      this.fail(BUSY);
      return;
    }
    this.address = address;
    this.asked += 1;
    const upstream = this.open(address, path, head.headers);
    if (!upstream) return;
    this.upstream = upstream;
    upstream.on('error', (error) => this.lost(error, path, head));
    upstream.once('response', (answer) => this.passBack(answer));
    // Node closes without an error when an app switches protocols unasked.
    upstream.once('close', () => {
      if (upstream === this.upstream && !this.answer) this.fail(DIED);
    });
    this.watchSending(upstream);
    if (!head.hasBody) upstream.end();
    // Not before somebody listens: a body of which nothing was read can still go elsewhere.
    else whenConnected(upstream, () => request.on('data', () => this.progress()).pipe(upstream));
  }

  /** An address or a head that Node won't take costs this one request, not the process. */
  private open(address: string, path: string, headers: string[]): ClientRequest | undefined {
    const { agent, whereIs } = this.means;
    try {
      const { method } = this.request;
      return openRequest({ ...whereIs(address), method, path, headers, agent, setHost: false });
    } catch (error) {
      this.fail(UNREACHABLE, error as Error);
      return undefined;
    }
  }

  private watchSending(upstream: ClientRequest): void {
    const { connectMs, idleMs, answerMs } = this.means.limits;
    const connected = () => {
      const stalled = () => this.fail(upstream.writableNeedDrain ? SILENT : STALLED);
      if (!this.answer) this.wait(idleMs, stalled);
    };
    this.wait(connectMs, () => this.fail(UNREACHABLE));
    whenConnected(upstream, connected);
    upstream.once('finish', () => {
      if (!this.answer) this.wait(answerMs, () => this.fail(SILENT));
    });
  }

  private passBack(answer: IncomingMessage): void {
    const { request, response } = this;
    this.answer = answer;
    answer.on('error', (error) => this.fail(DIED, error));
    answer.once('close', () => answer.readableEnded || this.fail(DIED));
    if (stillSends(request)) response.shouldKeepAlive = false;
    response.sendDate = false;
    try {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answerHead(answer.rawHeaders));
    } catch (error) {
      this.fail(DIED, error as Error); // fields that no server may send
      return;
    }
    if (this.isEventStream) clearTimeout(this.timer);
    else this.wait(this.means.limits.idleMs, () => this.fail(SILENT));
    let begun = false;
    answer.on('data', () => {
      begun = true;
      this.progress();
    });
    // The head goes out together with the first piece of the body where there is one, alone where the app is still thinking.
    setImmediate(() => begun || response.flushHeaders());
    answer.once('end', () => this.finish());
    answer.pipe(response, { end: false });
  }

  private finish(): void {
    this.settled = true;
    clearTimeout(this.timer);
    endAfterRequest(this.request, this.response);
  }

  /** The connection to the app failed. */
  private lost(error: Error & { code?: string }, path: string, head: RequestHead): void {
    if (this.answer || this.settled) return; // the answer tells by itself how it ends
    const failure = failureOf(error);
    const other = failure === REFUSED && this.asked === 1 ? this.destination.otherwise?.() : undefined;
    if (other === undefined) {
      this.fail(failure, error);
      return;
    }
    this.leave();
    this.ask(other, path, head);
  }

  /** Ends the passage with a problem, or, when half an answer is out, by cutting: only that tells that the rest won't come. */
  private fail(failure: Failure, error?: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.failure = failure;
    clearTimeout(this.timer);
    const { request, response, destination, trace, means } = this;
    this.upstream?.destroy();
    if (failure !== STALLED) means.failed(destination.module);
    means.log.warn(`${request.method} was not answered by ${this.address ?? destination.address}`, {
      module: destination.module,
      trace: trace.traceId,
      span: trace.spanId,
      ...(response.headersSent ? { cut: true } : { status: failure.status }),
      reason: failure.detail,
      error,
    });
    if (response.headersSent || response.destroyed) response.destroy();
    else tell(request, response, failure, trace);
  }

  /** The exchange with the client is over, well or not. An app whose answer nobody reads is told by closing. */
  private close(): void {
    this.settled = true;
    clearTimeout(this.timer);
    if (this.upstream && !(this.answer?.readableEnded && this.upstream.writableFinished)) {
      this.upstream.destroy();
    }
    this.leave();
  }

  private leaveSpan(): void {
    const { context, link } = this.under;
    const status = this.response.statusCode;
    const outcome = status >= 500 ? 'fault' : status >= 400 ? 'refusal' : 'ok';
    const error = this.failure && new Error(this.failure.detail);
    const details = { status, link, ...(this.isEventStream && { more: { stream: true } }) };
    context.spans?.hop(context, 'forward', this.begun, error, details, error ? 'fault' : outcome);
  }

  private leave(): void {
    if (this.address !== undefined) this.means.leave(this.address);
    this.address = undefined;
  }

  private wait(ms: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, ms);
  }

  private progress(): void {
    this.timer?.refresh();
  }
}

/** Calls back once a request has a connection; never, when there is to be none. */
function whenConnected(upstream: ClientRequest, then: () => void): void {
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', then);
    else then();
  });
}
