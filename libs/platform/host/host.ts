import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { SettingsModule } from '../config/settings.module.js';
import { ConservationWatch } from '../conservation/index.js';
import { DeliveryRuntime } from '../events/runtime.js';
import { httpRoutes } from '../placement/http-routes.js';
import { Keeper, limitsOf } from '../retention/index.js';
import { LevelsWatch } from '../telemetry/levels/levels-watch.js';
import { LogModule } from '../telemetry/log.module.js';
import { nestLogger } from '../telemetry/nest-log.js';
import { UnitsOfWork } from '../work/units-of-work.js';
import { type Assembly, assemble } from './assembly.js';
import type { HostOptions } from './host-options.js';
import { measure } from './metrics/app-metrics.js';
import { MetricsModule } from './metrics/metrics.controller.js';
import { OwnConnections } from './own-connections.js';
import { PlatformModule } from './platform.module.js';
import { QuestionsModule } from './questions/questions.module.js';
import { warnOfCrowd } from './run/connection-budget.js';
import { RunningApp } from './running-app.js';
import { takeDown } from './take-down.js';

/** The root of an application; what is in it depends on the app, so the metadata is given at run time. */
class AppModule {}
Module({})(AppModule);

/** How long a start that failed may take to put away what it had started, in milliseconds. */
const GIVE_UP_WITHIN_MS = 2_000;

/**
 * Turns a list of modules into a running application: HTTP, calls between the modules through the seam, units of work on one
 * pool, deliveries.
 *
 * @throws Error whose message says what is wrong and how to mend it; whatever was started by then is stopped again
 */
export async function host(options: HostOptions): Promise<RunningApp> {
  const assembly = await assemble(options);
  try {
    return await begin(assembly);
  } catch (error) {
    await takeDown(assembly, GIVE_UP_WITHIN_MS); // what fails then is logged, and is not why the start failed
    throw error;
  }
}

async function begin(assembly: Assembly): Promise<RunningApp> {
  const { settings, modules, seam, place, moved, backend, waker, log, identity } = assembly;
  const nest = await createNest(assembly);
  assembly.nest = nest;
  const source = nest.get(DataSource);
  const own = new OwnConnections(settings.DATABASE_URL, identity.app);
  assembly.own = own;
  assembly.levels = new LevelsWatch(own, log);
  await assembly.levels.start();
  const discovery = nest.get(DiscoveryService);
  const names = modules.map((module) => module.name);
  const units = nest.get(UnitsOfWork);
  const deliveries = new DeliveryRuntime({
    discovery,
    source,
    own,
    url: settings.DATABASE_URL,
    units,
    modules: names,
    backend,
    waker,
    log,
    identity,
    spans: assembly.telemetry.spans,
  });
  assembly.deliveries = deliveries;
  const conservation = new ConservationWatch(own, settings.DATABASE_URL, identity.app, log);
  assembly.conservation = conservation;
  const { telemetry } = assembly;
  measure(assembly.registry, { seam, source, deliveries, conservation, log, telemetry });
  await deliveries.start(); // registers the listeners, before anybody can ask for what they want to hear of
  assembly.keeper = new Keeper(settings.DATABASE_URL, identity.app, limitsOf(settings), log);
  assembly.keeper.start();
  await nest.listen(settings.PORT, settings.HOST);
  const url = addressOf(await nest.getUrl());
  const routes = httpRoutes(nest, (controller) => seam.moduleOfController(controller));
  moved.know(routes, url);
  await place.enter({ url, seam, own, routes, deliveries, moved });
  conservation.start();
  await warnOfCrowd(own, settings, names.length, log);
  return new RunningApp(url, names, { ...assembly, nest, deliveries });
}

async function createNest(assembly: Assembly): Promise<NestFastifyApplication> {
  const { identity, settings, modules, elsewhere, seam, waker, log, http, telemetry } = assembly;
  const { DATABASE_URL: url, CALL_SECRET: secret } = settings;
  const { app } = identity;
  const database = { url, app, pool: settings.DATABASE_POOL, waitMs: settings.DATABASE_WAIT_MS };
  const store = settings.TELEMETRY_DATABASE_URL || url;
  const root: DynamicModule = {
    module: AppModule,
    imports: [
      DiscoveryModule,
      SettingsModule.with(settings),
      LogModule.with(log),
      PlatformModule.with(database, waker, log, telemetry.spans),
      ...http.imports,
      MetricsModule.with(assembly.registry, secret),
      QuestionsModule.with({ url: store, app, secret }),
      ...[...modules, ...elsewhere].map((module) => module.type),
    ],
  };
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

/** Nest names the wildcard address it listens on; people and tests need one that they can call. */
function addressOf(url: string): string {
  return url.replace('[::1]', '127.0.0.1').replace('[::]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1');
}
