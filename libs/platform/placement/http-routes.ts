import { RequestMethod, type Type } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import type { HttpRoute } from './instance.js';

/**
 * The HTTP routes of an application, with the module of each, read from the metadata of its controllers.
 *
 * @param moduleOf the business module of a controller; routes of nobody (health) are left out
 */
export function httpRoutes(
  discovery: DiscoveryService,
  moduleOf: (controller: Type) => string | undefined,
): HttpRoute[] {
  return discovery.getControllers().flatMap(({ metatype }) => {
    const module = metatype && moduleOf(metatype as Type);
    return module ? routesOf(metatype as Type, module) : [];
  });
}

function routesOf(controller: Type, module: string): HttpRoute[] {
  const bases = paths(Reflect.getMetadata('path', controller));
  const found: HttpRoute[] = [];
  for (const name of Object.getOwnPropertyNames(controller.prototype)) {
    const handler: unknown = Object.getOwnPropertyDescriptor(controller.prototype, name)?.value;
    if (typeof handler !== 'function') continue;
    const method = methodName(
      Reflect.getMetadata('method', handler),
      Reflect.getMetadata('__sse__', handler),
    );
    if (method === undefined) continue;
    for (const base of bases) {
      for (const path of paths(Reflect.getMetadata('path', handler)))
        found.push({ method, path: join(base, path), module });
    }
  }
  return found;
}

/** Nest numbers the methods; ALL is every one of them. */
function methodName(method: RequestMethod | undefined, events: boolean | undefined): string | undefined {
  if (events) return 'GET';
  return method === undefined ? undefined : RequestMethod[method];
}

function paths(declared: string | string[] | undefined): string[] {
  return Array.isArray(declared) ? declared : [declared ?? '/'];
}

function join(base: string, path: string): string {
  const joined = `/${base}/${path}`.replace(/\/+/g, '/');
  return joined.length > 1 ? joined.replace(/\/$/, '') : joined;
}
