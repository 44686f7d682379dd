/** A route that an app serves over HTTP. */
export interface HttpRoute {
  readonly method: string;
  /** Fastify's template: `/cart/:customerId/add`. */
  readonly path: string;
  readonly module: string;
}

/** What an app offers of one module, in words that can be compared. */
export interface ModuleContract {
  /** `<token>.<method>` of everything that others may call, sorted. */
  readonly operations: readonly string[];
  /** Names of its listeners, sorted. */
  readonly listeners: readonly string[];
}

/** What an instance says of itself with every renewal. */
export interface InstanceHealth {
  /** Modules whose deliveries it works on now. */
  readonly delivers: readonly string[];
  /** Calls and requests that it is answering now, per module; without streams of events, which have no end of their own. */
  readonly answering: Readonly<Record<string, number>>;
  /** Calls and requests that it has begun to answer since its start, per module. */
  readonly answered: Readonly<Record<string, number>>;
  /** Calls that its own modules made and that failed by a fault, and requests that came to it and were answered 5xx, per module. */
  readonly failed: Readonly<Record<string, number>>;
  /** What keeps a module from being placed apart, as far as it was seen: a shared transaction, a synchronous method. */
  readonly objections: Readonly<Record<string, readonly string[]>>;
}

/** A running process as the others see it. */
export interface Instance {
  readonly id: string;
  readonly app: string;
  readonly version: string;
  readonly commit: string;
  readonly modules: readonly string[];
  readonly contract: Readonly<Record<string, ModuleContract>>;
  readonly httpRoutes: readonly HttpRoute[];
  /** `http://host:port` */
  readonly httpAddress: string;
  /** `host:port` of its call server. */
  readonly callAddress: string;
}

/** A registered instance with what the registry adds. */
export interface SeenInstance extends Instance {
  readonly follows: string;
  readonly health: InstanceHealth;
  /** How often it has renewed itself: what it said in a later renewal than the next was looked at after now. */
  readonly renewal: number;
  readonly startedAt: Date;
  /** Seconds since it was last seen, by the database's clock. */
  readonly silentSeconds: number;
}

/** Which app answers for a module. */
export interface Route {
  readonly module: string;
  readonly app: string;
  readonly version: string;
  readonly previous: string | null;
  readonly who: string;
  readonly why: string;
  readonly changedAt: Date;
}
