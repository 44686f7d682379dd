import { Fault } from '../seam/fault.js';
import type { GiveUpSignal } from '../seam/giving-up.js';
import type { RemoteAnswer, RemoteCall } from '../seam/remote/remote-call.js';
import { inTurns } from './forward/round-robin.js';
import type { Instance } from './instance.js';
import type { Registry } from './registry.js';

/** The way to an instance: the transport. */
export interface CallWay {
  call(
    address: string,
    call: RemoteCall,
    options: { timeoutMs: number; signal?: GiveUpSignal },
  ): Promise<RemoteAnswer>;
}

/** What decides where a call goes, beside the registry. */
export interface RoutedParts {
  /** Name of this app, and of the modules that it hosts. */
  readonly app: string;
  readonly modules: readonly string[];
  readonly way: CallWay;
  /** Answers a call in this process. */
  readonly answerHere: (call: RemoteCall, signal: GiveUpSignal) => Promise<RemoteAnswer>;
}

/**
 * Where modules answer, by the routes and the instances that live. While a module is being moved both sides can answer for
 * it, over the same database, so a call that still goes to the old side is as good as one that goes to the new.
 */
export class RoutedPlacement {
  /** Undefined until the app is registered: until then it answers for what it hosts. */
  registry: Pick<Registry, 'view' | 'hosting'> | undefined;
  private readonly turns = { calls: inTurns<Instance>(), requests: inTurns<Instance>() };

  constructor(private readonly parts: RoutedParts) {}

  /**
   * Whether calls to a module are answered by this process. An app that hosts a module which is routed elsewhere stands by: it
   * answers while nobody lives there, so that a moved app that dies takes no caller along.
   */
  answersHere(module: string): boolean {
    if (!this.parts.modules.includes(module)) return false;
    return this.isHome(module) || this.remote(module).length === 0;
  }

  /** Whether this process works on the deliveries of a module: only at home, standing by is for callers who wait. */
  deliversHere(module: string): boolean {
    return this.parts.modules.includes(module) && this.isHome(module);
  }

  /** A live instance of the app that a module is routed to, if that is not this one: for HTTP requests to the module. */
  instanceFor(module: string): Instance | undefined {
    if (this.answersHere(module)) return undefined;
    const [first] = this.turns.requests(module, this.remote(module));
    return first;
  }

  /** Modules that this process hosts and that are routed to an app which does not run: nobody works on their deliveries. */
  undelivered(): readonly string[] {
    return this.parts.modules.filter((module) => {
      const app = this.registry?.view.routes.get(module)?.app;
      if (app === undefined || app === this.parts.app) return false;
      return this.remote(module).every((instance) => instance.app !== app);
    });
  }

  /**
   * Calls a module where it answers. Another instance is tried when the first surely did not act; and this process itself, if
   * it hosts the module, when none could be reached.
   *
   * @throws Fault when nobody could answer; `acted` says whether somebody may have acted
   */
  async call(call: RemoteCall, signal: GiveUpSignal): Promise<RemoteAnswer> {
    const began = performance.now();
    let last: unknown;
    for (const instance of this.turns.calls(call.module, this.remote(call.module))) {
      try {
        const timeoutMs = Math.max(1, call.context.remainingMs - (performance.now() - began));
        return await this.parts.way.call(instance.callAddress, call, { timeoutMs, signal });
      } catch (error) {
        if (!(error instanceof Fault) || error.acted !== 'no' || signal.aborted) throw error;
        last = error;
      }
    }
    if (this.parts.modules.includes(call.module)) return this.parts.answerHere(call, signal);
    throw new Fault(
      `No running instance answers for module "${call.module}": start one (npx banyan instances shows who runs).`,
      { acted: 'no', cause: last },
    );
  }

  private isHome(module: string): boolean {
    const route = this.registry?.view.routes.get(module);
    return route === undefined || route.app === this.parts.app;
  }

  /** The live instances of others that a module is routed to; of any app that hosts it, where the route leads nowhere. */
  private remote(module: string): readonly Instance[] {
    if (!this.registry) return [];
    const route = this.registry.view.routes.get(module);
    const hosts = this.registry.hosting(module).filter((instance) => instance.app !== this.parts.app);
    const routed = hosts.filter((instance) => instance.app === route?.app);
    if (routed.length > 0) return routed;
    return this.parts.modules.includes(module) ? [] : hosts;
  }
}
