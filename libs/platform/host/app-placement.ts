import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type Settings, SettingsError } from '../config/index.js';
import type { Identity } from '../events/bury.js';
import type { Listener } from '../events/listener.js';
import type { DeliveryRuntime } from '../events/runtime.js';
import { contractsOf } from '../placement/contract-of.js';
import type { HttpRoute, Instance, InstanceHealth } from '../placement/instance.js';
import { type LiveView, Registry } from '../placement/registry.js';
import { RoutedPlacement } from '../placement/routed-placement.js';
import type { GiveUpSignal } from '../seam/giving-up.js';
import type { Seam } from '../seam/index.js';
import { CallClient } from '../seam/remote/call-client.js';
import { type CallServer, startCallServer } from '../seam/remote/call-server.js';
import { connectNats, type NatsBroker } from '../seam/remote/nats-broker.js';
import type { RemoteAnswer, RemoteCall } from '../seam/remote/remote-call.js';
import type { PlatformLog } from '../telemetry/platform-log.js';
import type { MovedAway } from './http/moved-away.js';
import { perModule } from './module-counts.js';
import type { OwnConnections } from './own-connections.js';
import { UndeliveredWatch } from './undelivered-watch.js';

/** What is known of an app before it is created. */
export interface AppFacts {
  readonly identity: Identity;
  readonly modules: readonly string[];
  /** Of the application, for people. */
  readonly version: string;
  readonly settings: Settings;
  readonly log: PlatformLog;
}

/** What is known once it answers. */
export interface CreatedApp {
  readonly url: string;
  readonly seam: Seam;
  /** The platform's own connections. */
  readonly own: OwnConnections;
  readonly routes: readonly HttpRoute[];
  readonly deliveries: DeliveryRuntime;
  readonly moved: MovedAway;
}

/** An app's place among the others: it answers their calls and calls them, is registered, and follows the routes. */
export class AppPlacement {
  readonly placement: RoutedPlacement;
  private readonly client: CallClient;
  /** Calls of other processes, per module: those that are being answered now, and all since the start. */
  private readonly answering = new Map<string, number>();
  private readonly answered = new Map<string, number>();
  private server: CallServer | undefined;
  private registry: Registry | undefined;
  private seam: Seam | undefined;

  /** @param broker carries the calls, where the setting TRANSPORT says so */
  private constructor(
    private readonly facts: AppFacts,
    private readonly broker: NatsBroker | undefined,
  ) {
    const { identity, modules, settings } = facts;
    // The next instance is tried at once, so the client does not insist on this one.
    const limits = { attempts: 1 };
    this.client = new CallClient({ secret: settings.CALL_SECRET, name: identity.instance, limits, broker });
    this.placement = new RoutedPlacement({
      app: identity.app,
      modules,
      way: this.client,
      answerHere: (call, signal) => this.answer(call, signal),
    });
  }

  /** @throws SettingsError when the transport lacks its address */
  static async create(facts: AppFacts): Promise<AppPlacement> {
    const { TRANSPORT, NATS_URL } = facts.settings;
    if (TRANSPORT === 'framed') return new AppPlacement(facts, undefined);
    if (!NATS_URL) throw new SettingsError(['TRANSPORT is nats, but NATS_URL is empty']);
    return new AppPlacement(facts, await connectNats(NATS_URL, facts.identity.instance));
  }

  /** Listens for calls, enters the registry, and takes up the deliveries that the routes give to this app. */
  async enter(app: CreatedApp): Promise<void> {
    const { settings, log, identity, modules } = this.facts;
    this.seam = app.seam;
    this.server = await startCallServer({
      host: settings.HOST,
      port: 0,
      secret: settings.CALL_SECRET,
      answer: (call, signal) => this.answer(call, signal),
      log,
      broker: this.broker,
    });
    const self: Instance = {
      id: identity.instance,
      app: identity.app,
      version: this.facts.version,
      commit: settings.COMMIT,
      modules,
      contract: contractsOf(modules, app.seam.operations(), app.deliveries.listeners),
      httpRoutes: app.routes,
      httpAddress: reachable(`http://${settings.HOST}:${new URL(app.url).port}`),
      callAddress: reachable(this.server.address),
    };
    const undelivered = new UndeliveredWatch(log);
    this.registry = new Registry({
      database: app.own,
      log,
      self,
      looked: () => undelivered.look(this.undelivered(app.deliveries.listeners)),
      health: () => this.health(app),
      follow: (view) => this.follow(app.deliveries, view),
    });
    await this.registry.lookFirst();
    this.placement.registry = this.registry;
    await this.deliver(app.deliveries);
    await this.registry.enter();
  }

  /**
   * Resolves once the registry shows so many instances.
   *
   * @throws Error when they don't come in time
   */
  async knows(instances: number, withinMs: number): Promise<void> {
    const known = () => this.registry?.view.instances ?? [];
    for (const end = performance.now() + withinMs; known().length < instances; await pause(20)) {
      if (performance.now() < end) continue;
      const names = known().map(({ app }) => app);
      throw new Error(
        `Of ${instances} instances only ${names.join(', ') || 'none'} run after ${withinMs / 1000} s: see in their logs why the others don't.`,
      );
    }
  }

  /** Modules with listeners hosted here on whose deliveries nobody works, since they are routed to an app that does not run. */
  undelivered(listeners: readonly Listener[]): readonly string[] {
    const listening = new Set(listeners.map((listener) => listener.module));
    return this.placement.undelivered().filter((module) => listening.has(module));
  }

  /** Leaves the registry, so that nobody new calls. @returns how many others live */
  async leave(): Promise<number> {
    return (await this.registry?.leave()) ?? 0;
  }

  /** Resolves once deliveries are not being taken up or laid down any more; after {@link leave}. */
  async settled(): Promise<void> {
    await this.registry?.settled();
  }

  /** Takes no more calls of others, and answers those in work. @param deadlineMs in milliseconds */
  async drain(deadlineMs: number): Promise<void> {
    await this.server?.stop(deadlineMs);
  }

  /** Closes the ways to other apps; for when nothing is in work any more that could need them. */
  async close(): Promise<void> {
    await this.client.close();
    await this.broker?.close();
  }

  private async answer(call: RemoteCall, signal: GiveUpSignal): Promise<RemoteAnswer> {
    if (!this.seam) throw new Error('This app is still starting.');
    this.answering.set(call.module, (this.answering.get(call.module) ?? 0) + 1);
    this.answered.set(call.module, (this.answered.get(call.module) ?? 0) + 1);
    try {
      return await this.seam.answer(call, signal);
    } finally {
      this.answering.set(call.module, (this.answering.get(call.module) ?? 1) - 1);
    }
  }

  private async follow(deliveries: DeliveryRuntime, view: LiveView): Promise<void> {
    const before = deliveries.modules;
    await this.deliver(deliveries);
    const after = deliveries.modules;
    const taken = after.filter((module) => !before.includes(module));
    const left = before.filter((module) => !after.includes(module));
    if (taken.length + left.length === 0) return;
    this.facts.log.info('Following a change of routes', {
      version: view.version,
      delivers: taken,
      leaves: left,
    });
  }

  private deliver(deliveries: DeliveryRuntime): Promise<void> {
    const mine = this.facts.modules.filter((module) => this.placement.deliversHere(module));
    return deliveries.deliverFor(mine, this.facts.settings.STOP_TIMEOUT_MS);
  }

  private health({ seam, deliveries, moved }: CreatedApp): InstanceHealth {
    const edges = seam.counts.rows();
    const calls = (count: (edge: (typeof edges)[number]) => number) =>
      edges.map((edge) => [edge.callee, count(edge)] as const);
    const { answered: requests } = moved;
    return {
      delivers: deliveries.modules,
      answering: perModule(
        calls((edge) => edge.underWay),
        this.answering,
        requests.underWay(),
      ),
      answered: perModule(
        calls((edge) => edge.calls - edge.remote),
        this.answered,
        requests.answered,
      ),
      failed: perModule(
        calls((edge) => edge.faults),
        requests.failed,
        moved.unanswered,
      ),
      objections: Object.fromEntries(
        this.facts.modules
          .map((module) => [module, seam.objectionsTo(module)] as const)
          .filter(([, reasons]) => reasons.length > 0),
      ),
    };
  }
}

/** An address that other machines can use: who listens everywhere is reached by the machine's name. */
function reachable(address: string): string {
  return address.replace('0.0.0.0', hostname()).replace('[::]', hostname());
}
