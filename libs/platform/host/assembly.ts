import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Settings } from '../config/index.js';
import type { ConservationWatch } from '../conservation/index.js';
import type { Identity } from '../events/bury.js';
import type { DeliveryRuntime } from '../events/runtime.js';
import { postgresBackend, redisBackend, type WakeBackend } from '../events/wake/backend.js';
import { refuseUnsafeRedis } from '../events/wake/redis-check.js';
import { Waker } from '../events/wake/waker.js';
import { instanceId } from '../placement/instance-id.js';
import type { Keeper } from '../retention/index.js';
import { Refusal, type Seam, seamFor, type ToldCall } from '../seam/index.js';
import type { LevelsWatch } from '../telemetry/levels/levels-watch.js';
import { type AppLog, loggerFor } from '../telemetry/log.js';
import { ONE_PER_CALL } from '../telemetry/platform-log.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { AppPlacement } from './app-placement.js';
import { type NamedModule, nameModules, refuseUnlisted } from './business-modules.js';
import type { HostOptions } from './host-options.js';
import { createHttp, type Http } from './http/http.js';
import { MovedAway } from './http/moved-away.js';
import { newRegistry } from './metrics/app-metrics.js';
import { measureHttp } from './metrics/http-metrics.js';
import type { OwnConnections } from './own-connections.js';
import { readinessProbes } from './readiness-probes.js';

/** Everything that an app is made of; the last ones come while it starts. */
export interface Assembly {
  readonly identity: Identity;
  readonly settings: Settings;
  readonly modules: readonly NamedModule[];
  readonly elsewhere: readonly NamedModule[];
  readonly log: AppLog;
  readonly telemetry: Telemetry;
  readonly place: AppPlacement;
  readonly seam: Seam;
  readonly backend: WakeBackend;
  readonly waker: Waker;
  readonly http: Http;
  readonly moved: MovedAway;
  readonly registry: Registry;
  nest?: NestFastifyApplication;
  deliveries?: DeliveryRuntime;
  keeper?: Keeper;
  conservation?: ConservationWatch;
  levels?: LevelsWatch;
  own?: OwnConnections;
}

const FOUND_BY_LOOKING = 'Until then deliveries are found by looking, which takes up to four seconds each.';

/** Puts together what an app is made of; nothing of it works yet. */
export async function assemble(options: HostOptions): Promise<Assembly> {
  const { name, settings } = options;
  const modules = nameModules(options.here);
  const elsewhere = nameModules(options.elsewhere ?? []);
  refuseUnlisted(modules, elsewhere);
  const redis = settings.REDIS_URL ? await refuseUnsafeRedis(settings.REDIS_URL) : undefined;
  const identity = { app: name, instance: instanceId() };
  const log = loggerFor(settings, identity, options.linesTo);
  if (redis?.sentence) log.warn(redis.works ? redis.sentence : `${redis.sentence} ${FOUND_BY_LOOKING}`);
  const names = modules.map((module) => module.name);
  const version = options.version ?? 'dev';
  const telemetry = new Telemetry(settings, log, version);
  const { spans } = telemetry;
  const place = await AppPlacement.create({ identity, modules: names, version, settings, log });
  const seam = seamFor({
    modules,
    elsewhere,
    placement: place.placement,
    asIfRemote: settings.AS_IF_REMOTE,
    callTimeoutMs: settings.CALL_TIMEOUT_MS,
    spans,
    told: (call) => logCall(log, call),
    late: (operation, error) => log.warn(`${operation} failed after its caller had given up`, { error }),
  });
  const backend = settings.REDIS_URL
    ? redisBackend(settings.REDIS_URL, name, log)
    : postgresBackend(settings.DATABASE_URL, name, modules.length);
  const waker = new Waker(backend, log, identity.instance);
  const http = createHttp({
    log,
    spans,
    fromOutside: settings.TRACE_FROM_OUTSIDE,
    callTimeoutMs: settings.CALL_TIMEOUT_MS,
    moduleOf: (controller) => seam.moduleOfController(controller),
    readiness: {
      useFactory: (source: DataSource) =>
        readinessProbes(
          source,
          place,
          () => assembly.deliveries,
          () => assembly.conservation,
          backend.kind,
          telemetry,
        ),
      inject: [DataSource],
    },
    api: { title: name, version },
  });
  const registry = newRegistry(name);
  measureHttp(http.adapter, registry);
  const moved = new MovedAway(http.adapter, place.placement, log);
  const assembly: Assembly = {
    registry,
    ...{ identity, settings, modules, elsewhere, log, telemetry, place, seam, backend, waker, http, moved },
  };
  return assembly;
}

/** The callee's line of a call across modules; that it was refused is news for its caller, not trouble. */
function logCall(log: AppLog, { caller, ms, error }: ToldCall): void {
  const outcome = error === undefined ? 'answered' : error instanceof Refusal ? 'refused' : 'failed';
  const rounded = Math.round(ms * 10) / 10;
  if (outcome !== 'failed' && log.plain) {
    log.plain(`Asked by ${caller}: ${outcome}`, '', `{"ms":${rounded}}`);
    return;
  }
  log.info(`Asked by ${caller}: ${outcome}`, {
    ms: rounded,
    [ONE_PER_CALL]: true,
    ...(outcome === 'failed' && { error }),
  });
}
