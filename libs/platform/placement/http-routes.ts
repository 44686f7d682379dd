import { RequestMethod, type Type } from '@nestjs/common';
import { MODULE_PATH, PATH_METADATA, VERSION_METADATA } from '@nestjs/common/constants.js';
import { type ApplicationConfig, DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { PathsExplorer } from '@nestjs/core/router/paths-explorer.js';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HttpRoute } from './instance.js';

type Controller = ReturnType<DiscoveryService['getControllers']>[number];

/**
 * The HTTP routes of an application that listens, with the module of each, as Fastify has them. Nest (12.5) does not tell which
 * controller a route of its router comes from, so they are composed again by the parts that it uses itself: inherited
 * handlers, a global prefix, versions in the address and `RouterModule` are what they are there. `@All()` becomes a route for each
 * method that Fastify knows.
 *
 * @param moduleOf the business module of a controller; routes of nobody (health) are left out
 */
export function httpRoutes(
  app: NestFastifyApplication,
  moduleOf: (controller: Type) => string | undefined,
): HttpRoute[] {
  const adapter = app.getHttpAdapter();
  const everyMethod: readonly string[] = adapter.getInstance().supportedMethods;
  const found: HttpRoute[] = [];
  for (const controller of app.get(DiscoveryService).getControllers()) {
    const module = controller.metatype && moduleOf(controller.metatype as Type);
    if (!module) continue;
    for (const { requestMethod, path } of composed(app, controller)) {
      const methods = requestMethod === RequestMethod.ALL ? everyMethod : [RequestMethod[requestMethod]];
      const template = adapter.normalizePath?.(path) ?? path;
      for (const method of methods) found.push({ method: method as string, path: template, module });
    }
  }
  return found;
}

/** The handlers of a controller and their whole addresses: what Nest's RoutesResolver and RouterExplorer do, without the router. */
function composed(app: NestFastifyApplication, { metatype, instance, host }: Controller) {
  const controller = metatype as Type;
  const { config } = app as unknown as { config: ApplicationConfig }; // Nest keeps prefix and versioning to itself
  const versioningOptions = config.getVersioning();
  const metadata = {
    ctrlPath: undefined as string | undefined,
    modulePath: host?.metatype ? modulePath(app, host.metatype) : undefined,
    globalPrefix: slashed(config.getGlobalPrefix()),
    versioningOptions,
    controllerVersion:
      versioningOptions &&
      (Reflect.getMetadata(VERSION_METADATA, controller) ?? versioningOptions.defaultVersion),
  };
  const addresses = new RoutePathFactory(config);
  const handlers = new PathsExplorer(new MetadataScanner()).scanForPaths(instance, controller.prototype);
  return [Reflect.getMetadata(PATH_METADATA, controller)].flat().flatMap((declared: string) => {
    const ctrlPath = slashed(declared);
    return handlers.flatMap(({ path: paths, requestMethod, version: methodVersion }) =>
      paths
        .flatMap((methodPath) =>
          addresses.create({ ...metadata, ctrlPath, methodPath, methodVersion }, requestMethod),
        )
        .map((path) => ({ requestMethod, path })),
    );
  });
}

function modulePath(app: NestFastifyApplication, module: NonNullable<unknown>): string | undefined {
  const { applicationId } = app.get(ModulesContainer);
  return Reflect.getMetadata(MODULE_PATH + applicationId, module) ?? Reflect.getMetadata(MODULE_PATH, module);
}

/** As Nest's own `addLeadingSlash`. */
function slashed(path: string | undefined): string {
  if (!path) return '';
  return path.startsWith('/') ? path : `/${path}`;
}
