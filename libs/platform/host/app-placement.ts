import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { type Settings, SettingsError } from '../config/index.js';
import type { Identity } from '../events/bury.js';
import type { DeliveryRuntime } from '../events/runtime.js';
import { contractsOf } from '../placement/contract-of.js';
import type { CallCounts, HttpRoute, Instance, InstanceHealth } from '../placement/instance.js';
import { Registry } from '../placement/registry.js';
import { RoutedPlacement } from '../placement/routed-placement.js';
import type { PlacementView } from '../placement/sql/read-placement.js';
import type { Seam } from '../seam/index.js';
import { CallClient } from '../seam/remote/call-client.js';
import { type CallServer, startCallServer } from '../seam/remote/call-server.js';
import { connectNats, type NatsBroker } from '../seam/remote/nats-broker.js';
import type { RemoteAnswer, RemoteCall } from '../seam/remote/remote-call.js';
import type { PlatformLog } from '../telemetry/platform-log.js';

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
  readonly source: DataSource;
  readonly routes: readonly HttpRoute[];
  readonly deliveries: DeliveryRuntime;
}

/** An app's place among the others: it answers their calls and calls them, is registered, and follows the routes. */
export class AppPlacement {
  readonly placement: RoutedPlacement;
  private readonly client: CallClient;
  private readonly answering = new Map<string, number>();
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
    this.registry = new Registry({
      database: app.source,
      log,
      self,
      health: () => this.health(app),
      follow: (view) => this.follow(app.deliveries, view),
    });
    await this.registry.lookFirst();
    this.placement.registry = this.registry;
    await this.deliver(app.deliveries);
    await this.registry.enter();
  }

  /** Resolves once the registry shows so many instances. */
  async knows(instances: number): Promise<void> {
    while ((this.registry?.view.instances.length ?? 0) < instances) await pause(20);
  }

  /** Leaves the registry, so that nobody new calls. */
  async leave(): Promise<void> {
    await this.registry?.leave();
  }

  /** Answers the calls in work, then closes. @param deadlineMs in milliseconds */
  async close(deadlineMs: number): Promise<void> {
    await this.server?.stop(deadlineMs);
    await this.client.close();
    await this.broker?.close();
  }

  private async answer(call: RemoteCall, signal: AbortSignal): Promise<RemoteAnswer> {
    if (!this.seam) throw new Error('This app is still starting.');
    this.answering.set(call.module, (this.answering.get(call.module) ?? 0) + 1);
    try {
      return await this.seam.answer(call, signal);
    } finally {
      this.answering.set(call.module, (this.answering.get(call.module) ?? 1) - 1);
    }
  }

  private async follow(deliveries: DeliveryRuntime, view: PlacementView): Promise<void> {
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

  private health(app: CreatedApp): InstanceHealth {
    const calls: Record<string, { -readonly [K in keyof CallCounts]: number }> = {};
    for (const edge of app.seam.counts.rows()) {
      calls[edge.callee] ??= { here: 0, remote: 0, faults: 0 };
      const counts = calls[edge.callee];
      if (!counts) continue;
      counts.remote += edge.remote;
      counts.here += edge.calls - edge.remote;
      counts.faults += edge.faults;
    }
    const objections = this.facts.modules
      .map((module) => [module, app.seam.objectionsTo(module)] as const)
      .filter(([, reasons]) => reasons.length > 0);
    return {
      delivers: app.deliveries.modules,
      answering: Object.fromEntries(this.answering),
      calls,
      objections: Object.fromEntries(objections),
    };
  }
}

/** An address that other machines can use: who listens everywhere is reached by the machine's name. */
function reachable(address: string): string {
  return address.replace('0.0.0.0', hostname()).replace('[::]', hostname());
}
