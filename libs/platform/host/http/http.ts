import type { DynamicModule, Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { FromOutside } from '../../telemetry/spans/from-outside.js';
import type { SpanBuffer } from '../../telemetry/spans/span-buffer.js';
import { type ApiPageOptions, serveApiPage } from './api-page.js';
import { addContextHooks } from './context-hooks.js';
import { addDoor } from './door.js';
import { HealthModule } from './health.module.js';
import { SchemaPipe } from './invalid-input.js';
import { ModuleOfRequest, StreamsWithoutDeadline } from './module-of-request.js';
import { OpenExchanges } from './open-exchanges.js';
import { ProblemFilter } from './problem.filter.js';
import type { ReadinessSource } from './readiness.js';
import { ReadinessWatch } from './readiness-watch.js';
import { serverRefusals } from './server-refusals.js';

/** What an app's HTTP side is told. */
export interface HttpOptions {
  readonly log: PlatformLog;
  /** Longest time an answer may take, in ms: the deadline of the calls that a request makes. */
  readonly callTimeoutMs: number;
  /** Where requests leave their spans; undefined: nowhere. */
  readonly spans?: SpanBuffer;
  /** Whose traces are continued. @defaultValue trust */
  readonly fromOutside?: FromOutside;
  /** The module of a controller (the seam knows); undefined for controllers of nobody. */
  readonly moduleOf: (controller: Type) => string | undefined;
  readonly readiness: ReadinessSource;
  readonly api: ApiPageOptions;
  /** Largest body, in bytes. @defaultValue 1 MiB */
  readonly bodyLimit?: number;
}

/** The HTTP side of one app, in the order in which `host()` uses it. */
export interface Http {
  /** For `NestFactory.create(module, adapter)`. */
  readonly adapter: FastifyAdapter;
  /** Modules that the app imports. */
  readonly imports: readonly DynamicModule[];
  /** Global pipe, filter, guard and interceptor, security headers and the API page; after creation, before `listen`. */
  configure(app: NestFastifyApplication): void;
  /** From now on: not ready, so that whoever asks for our health sends its requests elsewhere; all are still answered. */
  leave(): void;
  /**
   * From now on: every new request answered with 503, event streams closed, connections not kept. Call it before
   * `app.close()`; a second call waits for the first.
   *
   * @param graceMs how long answers under way may still take, in ms; what is left then is cut
   * @returns resolves when no answer is under way any more
   */
  stop(graceMs: number): Promise<void>;
}

/** Makes the HTTP side of an app. */
export function createHttp(options: HttpOptions): Http {
  const open = new OpenExchanges();
  const { log, callTimeoutMs, spans, fromOutside } = options;
  const exchanges = { callTimeoutMs, spans, fromOutside };
  const adapter = new FastifyAdapter({
    ...serverRefusals(log, exchanges),
    bodyLimit: options.bodyLimit ?? 1024 * 1024,
    requestTimeout: 30_000, // a request that is not complete by then is nobody's we know
    return503OnClosing: false, // the door answers, in the shape of all other problems
    routerOptions: { maxParamLength: 200 },
  });
  addContextHooks(adapter, { log, ...exchanges, open });
  addDoor(adapter, open);
  return {
    adapter,
    imports: [HealthModule.with(options.readiness, new ReadinessWatch(log, open))],
    configure(app) {
      app.useGlobalGuards(new ModuleOfRequest(options.moduleOf));
      app.useGlobalInterceptors(new StreamsWithoutDeadline());
      app.useGlobalPipes(new SchemaPipe());
      app.useGlobalFilters(new ProblemFilter(adapter));
      app.useSecurityHeaders(SECURITY_HEADERS);
      serveApiPage(app, options.api);
    },
    leave: () => open.leave(),
    stop: (graceMs) => open.stop(adapter.getHttpServer(), graceMs),
  };
}

/**
 * Helmet's defaults, without the two that claim TLS: this server speaks plain HTTP, on a laptop or behind whatever ends
 * TLS, and a browser told to upgrade would not even find the API page's script.
 */
const SECURITY_HEADERS = {
  strictTransportSecurity: false,
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
} as const;
