import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { type Settings, SettingsModule } from '../config/index.js';
import { DeliveryRuntime } from '../events/runtime.js';
import { postgresBackend, redisBackend, type WakeBackend } from '../events/wake/backend.js';
import { refuseUnsafeRedis } from '../events/wake/redis-check.js';
import { Waker } from '../events/wake/waker.js';
import { httpRoutes } from '../placement/http-routes.js';
import { type Seam, seamFor } from '../seam/index.js';
import { type AppLog, loggerFor } from '../telemetry/log.js';
import { LogModule } from '../telemetry/log.module.js';
import { nestLogger } from '../telemetry/nest-log.js';
import { UnitsOfWork } from '../work/units-of-work.js';
import { AppPlacement } from './app-placement.js';
import { type ListedModule, type NamedModule, nameModules } from './business-modules.js';
import { createHttp, type Http } from './http/http.js';
import { MovedAway } from './http/moved-away.js';
import { PlatformModule } from './platform.module.js';
import { readinessProbes } from './readiness-probes.js';
import { RunningApp } from './running-app.js';

/** What an app is: a name and a list of modules. */
export interface HostOptions {
  readonly name: string;
  /** The business modules that run in this app. */
  readonly here: readonly ListedModule[];
  /** The business modules that these ask and that other apps host. Default: none. */
  readonly elsewhere?: readonly ListedModule[];
  /** The application's version, to be shown with the instance. Default: dev. */
  readonly version?: string;
  /** DATABASE_URL and CALL_SECRET must be set in them: starting a server or making up a secret is not the app's business. */
  readonly settings: Settings;
}

/** The root of an application; what is in it depends on the app, so the metadata is given at run time. */
class AppModule {}

/**
 * Turns a list of modules into a running application: HTTP, calls between the modules through the seam, units of work on one
 * pool, deliveries.
 *
 * @throws Error whose message says what is wrong and how to mend it; whatever was started by then is stopped again
 */
export async function host(options: HostOptions): Promise<RunningApp> {
  const { name, settings } = options;
  const modules = nameModules(options.here);
  const identity = { app: name, instance: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}` };
  const log = loggerFor(settings, identity);
  const names = modules.map((module) => module.name);
  const place = await AppPlacement.create({
    identity,
    modules: names,
    version: options.version ?? 'dev',
    settings,
    log,
  });
  const seam = seamFor({
    modules,
    elsewhere: nameModules(options.elsewhere ?? []),
    placement: place.placement,
    asIfRemote: settings.AS_IF_REMOTE,
    callTimeoutMs: settings.CALL_TIMEOUT_MS,
    late: (operation, error) => log.warn(`${operation} failed after its caller had given up`, { error }),
  });
  if (settings.REDIS_URL) await refuseUnsafeRedis(settings.REDIS_URL);
  const backend = backendFor(settings, name, modules.length);
  const waker = new Waker(backend, log, identity.instance);
  let nest: NestFastifyApplication | undefined;
  let deliveries: DeliveryRuntime | undefined;
  const http = createHttp({
    log,
    callTimeoutMs: settings.CALL_TIMEOUT_MS,
    stopGraceMs: settings.STOP_TIMEOUT_MS / 2,
    moduleOf: (controller) => seam.moduleOfController(controller),
    readiness: {
      useFactory: (source: DataSource) => readinessProbes(source, () => deliveries),
      inject: [DataSource],
    },
    api: { title: name, version: '1' },
  });
  const moved = new MovedAway(http.adapter, place.placement, log);
  try {
    nest = await createNest(options, modules, seam, waker, log, http);
    deliveries = new DeliveryRuntime({
      discovery: nest.get(DiscoveryService),
      source: nest.get(DataSource),
      units: nest.get(UnitsOfWork),
      modules: names,
      backend,
      waker,
      log,
      identity,
    });
    await nest.listen(settings.PORT, settings.HOST);
    const url = addressOf(await nest.getUrl());
    await deliveries.start();
    const source = nest.get(DataSource);
    const routes = httpRoutes(nest.get(DiscoveryService), (controller) =>
      seam.moduleOfController(controller),
    );
    moved.know(routes, url);
    await place.enter({ url, seam, source, routes, deliveries });
    return new RunningApp(url, names, {
      nest,
      http,
      moved,
      place,
      deliveries,
      waker,
      backend,
      seam,
      log,
      stopTimeoutMs: settings.STOP_TIMEOUT_MS,
    });
  } catch (error) {
    await place.leave();
    await deliveries?.stop(1_000);
    await place.close(1_000);
    moved.close();
    await nest?.close();
    await waker.close();
    await backend.close();
    throw error;
  }
}

async function createNest(
  options: HostOptions,
  modules: readonly NamedModule[],
  seam: Seam,
  waker: Waker,
  log: AppLog,
  http: Http,
): Promise<NestFastifyApplication> {
  const { name, settings } = options;
  const database = { url: settings.DATABASE_URL, app: name, pool: settings.DATABASE_POOL };
  const root: DynamicModule = {
    module: AppModule,
    imports: [
      DiscoveryModule,
      SettingsModule.with(settings),
      LogModule.with(log),
      PlatformModule.with(database, waker),
      ...http.imports,
      ...modules.map((module) => module.type),
      ...(options.elsewhere ?? []),
    ],
  };
  Module({})(AppModule);
  const nest = await seam.creating(() =>
    NestFactory.create<NestFastifyApplication>(root, http.adapter, {
      logger: nestLogger(log),
      abortOnError: false,
      instrument: { instanceDecorator: seam.instanceDecorator },
    }),
  );
  http.configure(nest);
  return nest;
}

function backendFor(settings: Settings, app: string, workers: number): WakeBackend {
  return settings.REDIS_URL
    ? redisBackend(settings.REDIS_URL, app)
    : postgresBackend(settings.DATABASE_URL, app, workers);
}

/** Nest names the wildcard address it listens on; people and tests need one that they can call. */
function addressOf(url: string): string {
  return url.replace('[::1]', '127.0.0.1').replace('[::]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1');
}
