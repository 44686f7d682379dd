import type { LiveView } from '#platform/placement';
import { RouteTable, roundRobin } from '#platform/placement/forward';
import type { PlatformLog } from '#platform/telemetry';
import type { Answerer, RouteSource } from './routes.js';

/** Who answers a request, as the registry has it: any live instance of the app that the request's module is routed to. */
export class RegistryRoutes implements RouteSource {
  private view: LiveView | undefined;
  private table = new RouteTable([]);
  private known = '';
  private readonly next = roundRobin();

  constructor(private readonly log: PlatformLog) {}

  /** Acts on a new view. The table is only made anew when the routes of the instances have changed. */
  learn(view: LiveView): void {
    const routes = view.instances.flatMap((instance) => instance.httpRoutes);
    const words = JSON.stringify(routes);
    if (words !== this.known && routes.length > 0) {
      this.known = words;
      this.table = new RouteTable(
        routes.map(({ method, path, module }) => ({ method, template: path, module })),
      );
      for (const conflict of this.table.conflicts) this.log.warn(conflict);
    }
    this.view = view;
  }

  ready(): boolean {
    return this.known !== '';
  }

  find(method: string, path: string, besides?: string): Answerer | undefined {
    const module = this.table.find(method, path);
    if (module === undefined) return undefined;
    return {
      module,
      address: this.next(module, this.addressesOf(module, besides)),
    };
  }

  /** Address of an app that shows the API page: the one with the most modules. */
  docs(): string | undefined {
    const [first] = [...(this.view?.instances ?? [])].sort((a, b) => b.modules.length - a.modules.length);
    return first?.httpAddress;
  }

  private addressesOf(module: string, besides: string | undefined): readonly string[] {
    const hosts = (this.view?.instances ?? []).filter(
      (instance) => instance.modules.includes(module) && instance.httpAddress !== besides,
    );
    const routed = hosts.filter((instance) => instance.app === this.view?.routes.get(module)?.app);
    return (routed.length > 0 ? routed : hosts).map((instance) => instance.httpAddress);
  }
}
