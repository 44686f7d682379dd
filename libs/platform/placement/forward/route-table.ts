import findMyWay from 'find-my-way';

/** One route of one module, as an app registers it. */
export interface ModuleRoute {
  /** In capitals. */
  readonly method: string;
  /** As Fastify writes it: `/cart/:customerId/add`. */
  readonly template: string;
  readonly module: string;
}

/**
 * Which module answers a request, by Fastify's own router, so that a path is read here as the app will read it: static
 * before parameter, percent-encoding decoded, case kept. A trailing slash is left to the app to judge. HEAD is answered
 * by who answers GET.
 *
 * A table never changes; who learns of new routes makes a new one.
 */
export class RouteTable {
  /** Sentences on routes that were left out: not readable, or claimed by two modules (the first one keeps it). */
  readonly conflicts: readonly string[];
  private readonly router = findMyWay({
    ignoreTrailingSlash: true,
    maxParamLength: 200,
    onBadUrl: () => undefined,
  });

  /** @param routes in the order in which they win; the same route of the same module may come several times */
  constructor(routes: Iterable<ModuleRoute>) {
    const conflicts = new Set<string>();
    const owners = new Map<string, string>();
    for (const route of routes) {
      const key = `${route.method} ${shapeOf(route.template)}`;
      const owner = owners.get(key);
      if (owner === undefined) {
        const refusal = this.add(route);
        if (refusal === undefined) owners.set(key, route.module);
        else conflicts.add(refusal);
      } else if (owner !== route.module) {
        conflicts.add(
          `${owner} and ${route.module} both answer ${route.method} ${route.template}; ${owner} gets it. Rename one.`,
        );
      }
    }
    this.conflicts = [...conflicts];
  }

  /**
   * The module that answers, or undefined when none does.
   *
   * @param path without the query
   */
  find(method: string, path: string): string | undefined {
    return this.lookUp(method, path) ?? (method === 'HEAD' ? this.lookUp('GET', path) : undefined);
  }

  private lookUp(method: string, path: string): string | undefined {
    const store: unknown = this.router.find(method as findMyWay.HTTPMethod, path)?.store;
    return typeof store === 'string' ? store : undefined;
  }

  private add({ method, template, module }: ModuleRoute): string | undefined {
    try {
      this.router.on(method as findMyWay.HTTPMethod, template, () => undefined, module);
      return undefined;
    } catch (error) {
      return `${method} ${template} of ${module} can't be routed: ${(error as Error).message}`;
    }
  }
}

/** Parameters are the same wherever they stand in the same place, and so is a trailing slash. */
function shapeOf(template: string): string {
  return template.replace(/:[A-Za-z0-9_]+/g, ':').replace(/(?<=.)\/$/, '');
}
