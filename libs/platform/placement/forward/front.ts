import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serverRefusals } from '../../host/http/server-refusals.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { SpanBuffer } from '../../telemetry/spans/span-buffer.js';
import { tell } from './own-answer.js';
import { traceOf } from './trace-of.js';

/** What a front is told. */
export interface FrontOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly log: PlatformLog;
  /** Where the spans of what is no HTTP are left. */
  readonly spans?: SpanBuffer;
  /**
   * Answers a request.
   *
   * @param awaitsContinue the client sends its body once it is told to (`Expect: 100-continue`)
   */
  readonly answer: (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => void;
}

/** A strict HTTP server that stands before others. */
export interface Front {
  /** `http://127.0.0.1:3000`. */
  readonly url: string;
  /** True from the first call of {@link stop} on; requests still come over connections that are open. */
  readonly stopping: boolean;
  /**
   * Takes no more connections, lets answers under way finish and cuts what is left.
   *
   * @param graceMs how long answers under way may still take
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * Heads up to 16 KB that arrive within 10 s. A body may take as long as it keeps coming: whoever reads it watches that.
 * Node's parser is left strict, and its limit on the number of fields is off, because it drops what is above it.
 */
const STRICT: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 0,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 65_000,
  insecureHTTPParser: false,
  requireHostHeader: true,
};
const BROKEN = {
  status: 500,
  detail: 'Something broke on our side. The log tells more under this trace id.',
};
/** Bounds what idle sockets can cost: a few KB each. */
const MOST_CONNECTIONS = 10_000;

/**
 * Listens. An `Upgrade` is not taken (no protocol but HTTP/1.1 passes), a CONNECT closes the connection, and what is no
 * HTTP is answered 400 and closed.
 *
 * @throws Error when the port is taken
 */
export async function listenInFront({ host, port, log, spans, answer }: FrontOptions): Promise<Front> {
  const server = createServer(STRICT);
  server.maxHeadersCount = 0;
  server.maxConnections = MOST_CONNECTIONS;
  let stopping = false;
  const take = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => {
    // Node loses what a client sends right behind an upgrade that is not taken, so such a connection serves no more.
    if (stopping || request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    response.once('close', () => {
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
    try {
      answer(request, response, awaitsContinue);
    } catch (error) {
      const trace = traceOf(request);
      log.error('A request was not answered because of a bug', { error, trace: trace.traceId });
      if (response.headersSent) response.destroy();
      else tell(request, response, BROKEN, trace);
    }
  };
  server.on('request', (request, response) => take(request, response, false));
  server.on('checkContinue', (request, response) => take(request, response, true));
  server.on('clientError', serverRefusals(log, { callTimeoutMs: 0, spans }).clientErrorHandler);
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(port, host, () => {
      server.off('error', failed);
      listening();
    });
  });
  server.on('error', (error) => log.error('The server could not take a connection', { error }));
  let stopped: Promise<void> | undefined;
  return {
    url: urlOf(server.address() as AddressInfo),
    get stopping() {
      return stopping;
    },
    stop(graceMs) {
      stopping = true;
      stopped ??= new Promise((done) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          done();
        });
        server.closeIdleConnections();
      });
      return stopped;
    },
  };
}

/** The wildcard address is one to listen on, not one to call. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (address === '::' || address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
