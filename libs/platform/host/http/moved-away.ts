import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { Forwarder, forwardTo } from '../../placement/forward/index.js';
import type { HttpRoute } from '../../placement/instance.js';
import type { RoutedPlacement } from '../../placement/routed-placement.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import { RequestCounts } from './request-counts.js';

/**
 * Sends requests for a module that has moved away on to where it answers now, so that an app that stands in front may lose
 * its modules one by one. A request that somebody has forwarded already is answered here: during a move, two apps may
 * each believe that the other one answers, and both can.
 */
export class MovedAway {
  /** Requests to modules that this app answers itself. */
  readonly answered = new RequestCounts();
  private readonly modules = new Map<string, string>();
  private readonly forwarder: Forwarder;
  private self = '';

  constructor(
    adapter: FastifyAdapter,
    private readonly placement: RoutedPlacement,
    log: PlatformLog,
  ) {
    this.forwarder = new Forwarder({ log }); // its requests are hops below those that came in
    adapter.getInstance().addHook('onRequest', (request, reply, done) => {
      const module = this.modules.get(`${request.method} ${request.routeOptions.url}`);
      if (module === undefined) return done();
      const forwarded = request.headers.via?.includes('banyan') === true;
      const instance = forwarded ? undefined : this.placement.instanceFor(module);
      if (!instance) {
        this.answered.begin(module, reply.raw);
        return done();
      }
      // Where nobody listens any more, this app answers: a process that was killed stays in the registry for 10 s.
      const otherwise = () => this.self;
      forwardTo(this.forwarder, request, reply, { address: instance.httpAddress, module, otherwise });
    });
  }

  /**
   * Tells the module of each route; until then everything is answered here.
   *
   * @param self where this app itself answers
   */
  know(routes: readonly HttpRoute[], self: string): void {
    this.self = self;
    for (const { method, path, module } of routes) {
      this.modules.set(`${method} ${path}`, module);
      if (method === 'GET') this.modules.set(`HEAD ${path}`, module);
    }
  }

  /** Requests that were sent on and that nobody answered, since the start, per module. */
  get unanswered(): ReadonlyMap<string, number> {
    return this.forwarder.failed;
  }

  /** Ends what never ends by itself: the streams of events that pass through. */
  endStreams(): void {
    this.forwarder.endStreams();
  }

  /** Closes the connections; for when nothing is under way any more. */
  close(): void {
    this.forwarder.close();
  }
}
