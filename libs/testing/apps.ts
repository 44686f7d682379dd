import type { Type } from '@nestjs/common';
import type { Settings } from '#platform/config';
import { host, type ListedModule, nameModules, type RunningApp } from '#platform/host';
import { type PlacementView, readPlacement } from '#platform/placement';
import { RouteTable } from '#platform/placement/forward';
import type { TestDatabase } from './servers/test-database.js';

/** Modules placed as the test wants: together in one app, or some, or all of them, each in an app of its own. */
export class PlacedApps {
  private routes: RouteTable | undefined;

  private constructor(
    readonly apps: readonly RunningApp[],
    private readonly database: TestDatabase,
  ) {}

  /**
   * Starts the apps, one after the other, and waits until each of them knows all others.
   *
   * @param apart names of the modules that get an app of their own
   * @param lines told every line of every app
   */
  static async start(
    here: readonly ListedModule[],
    apart: readonly string[],
    settings: Settings,
    database: TestDatabase,
    lines?: (line: string) => void,
  ): Promise<PlacedApps> {
    const linesTo = lines && { write: lines };
    const named = nameModules(here);
    const together = named.filter((module) => !apart.includes(module.name));
    const alone = named.filter((module) => apart.includes(module.name));
    const apps: RunningApp[] = [];
    try {
      for (const { name, type } of alone) {
        const elsewhere = importsOf(type).filter((other) => here.includes(other));
        apps.push(await host({ name, here: [type], elsewhere, settings, linesTo }));
      }
      if (together.length > 0) {
        const types = together.map((module) => module.type);
        const elsewhere = alone.map((module) => module.type);
        apps.push(await host({ name: 'together', here: types, elsewhere, settings, linesTo }));
      }
      const placed = new PlacedApps(apps, database);
      await placed.acquainted();
      return placed;
    } catch (error) {
      await Promise.all(apps.map((app) => app.stop()));
      throw error;
    }
  }

  /** Where a request is answered: by the app whose module has the route; by the last one if none has. */
  async addressFor(method: string, path: string): Promise<string> {
    const last = this.apps[this.apps.length - 1] as RunningApp;
    if (this.apps.length === 1) return last.url;
    const view = await readPlacement(asQueryable(this.database));
    this.routes ??= tableOf(view);
    const module = this.routes.find(method, path.replace(/\?.*/, ''));
    const answerer = view.instances.find(
      (instance) => module !== undefined && instance.modules.includes(module),
    );
    return answerer?.httpAddress ?? last.url;
  }

  /** A provider of whichever app has it. */
  get<T>(find: (app: RunningApp) => T): T {
    let failure: unknown;
    for (const app of [...this.apps].reverse()) {
      try {
        return find(app);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
  }

  /** Each app looks at the registry four times a second; calls before that would find nobody. */
  private async acquainted(): Promise<void> {
    for (const app of this.apps) await app.knows(this.apps.length);
  }
}

function importsOf(type: ListedModule): ListedModule[] {
  return (
    (Reflect.getMetadata('imports', 'module' in type ? type.module : (type as Type)) as ListedModule[]) ?? []
  );
}

function tableOf(view: PlacementView): RouteTable {
  return new RouteTable(
    view.instances.flatMap(({ httpRoutes }) =>
      httpRoutes.map(({ method, path, module }) => ({ method, template: path, module })),
    ),
  );
}

function asQueryable(database: TestDatabase) {
  return { query: (sql: string, parameters?: unknown[]) => database.query(sql, parameters) };
}
