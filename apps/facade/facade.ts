import type { IncomingMessage } from 'node:http';
import {
  answerJson,
  type Destination,
  Forwarder,
  type ForwardTrace,
  type Front,
  type Limits,
  listenInFront,
  targetOf,
  tell,
  traceOf,
  Unforwardable,
} from '#platform/placement/forward';
import type { PlatformLog } from '#platform/telemetry';
import { type Health, healthOf } from './health.js';
import type { RouteSource } from './routes.js';

/** What a facade is told. */
export interface FacadeOptions extends ForwardTrace {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly routes: RouteSource;
  /** Address of the app that shows the API page (`/docs`, `/docs-json`, `/docs-yaml`); undefined when none runs. */
  readonly docs?: () => string | undefined;
  readonly log: PlatformLog;
  readonly limits?: Partial<Limits>;
  /** How long answers under way may still take once the facade stops, in ms. @defaultValue 5000 */
  readonly stopGraceMs?: number;
}

/** A facade that runs. */
export interface Facade {
  /** Where it answers: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Requests that no app answered although their clients waited, since the start, per module. */
  readonly failed: ReadonlyMap<string, number>;
  /** Takes no more requests, ends event streams, lets other answers under way finish, closes everything. */
  stop(): Promise<void>;
}

const NO_ROUTE = {
  status: 404,
  detail: 'No route answers this method and address. All routes stand in /docs.',
};
const NOT_READY = { status: 503, detail: 'The routes are not known yet. Ask again in a second.' };
const STOPPING = { status: 503, detail: 'This instance is stopping. Ask again, and another one answers.' };
const NO_DOCS = {
  status: 503,
  detail: 'No app that shows the API page runs at the moment. Ask again in a second.',
};
const DOCS = /^\/docs(?:-json|-yaml)?(?:$|\/)/;

/**
 * Starts the one address of a shop whose modules run in several apps: each request goes to a live app that hosts the
 * module whose route it is.
 *
 * @throws Error when the port is taken
 */
export async function startFacade(options: FacadeOptions): Promise<Facade> {
  const { host, port, log, limits, spans, fromOutside, stopGraceMs = 5_000 } = options;
  const forwarder = new Forwarder({ log, limits, spans, fromOutside });
  let listening: Front | undefined;
  const front = await listenInFront({
    host,
    port,
    log,
    spans,
    answer(request, response, awaitsContinue) {
      const decided = decide(options, request, listening?.stopping === true);
      if ('to' in decided) forwarder.forward(request, response, decided.to, awaitsContinue);
      else if ('health' in decided)
        answerJson(request, response, decided.health.status, decided.health.document);
      else tell(request, response, decided.problem, traceOf(request));
    },
  });
  listening = front;
  return {
    url: front.url,
    failed: forwarder.failed,
    async stop() {
      const stopped = front.stop(stopGraceMs);
      forwarder.endStreams();
      await stopped;
      forwarder.close();
    },
  };
}

type Decision =
  | { readonly to: Destination }
  | { readonly health: Health }
  | { readonly problem: { readonly status: number; readonly detail: string } };

function decide({ routes, docs }: FacadeOptions, request: IncomingMessage, stopping: boolean): Decision {
  const { method = '', url = '', headers } = request;
  let path: string;
  try {
    path = targetOf(url, headers.host).path;
  } catch (error) {
    if (!(error instanceof Unforwardable)) throw error;
    return { problem: { status: error.status, detail: error.message } };
  }
  const reads = method === 'GET' || method === 'HEAD';
  const health = reads ? healthOf(path, { ready: routes.ready(), stopping }) : undefined;
  if (health) return { health };
  if (stopping) return { problem: STOPPING };
  if (reads && DOCS.test(path)) {
    const address = docs?.();
    return address === undefined ? { problem: NO_DOCS } : { to: { address } };
  }
  const answerer = routes.find(method, path);
  if (!answerer) return { problem: routes.ready() ? NO_ROUTE : NOT_READY };
  const { module, address } = answerer;
  if (address === undefined) return { problem: nobodyHosts(module) };
  const otherwise = () => {
    const other = routes.find(method, path, address)?.address;
    return other === address ? undefined : other;
  };
  return { to: { address, module, otherwise } };
}

function nobodyHosts(module: string) {
  return { status: 503, detail: `No app that hosts ${module} runs at the moment. Ask again in a second.` };
}
