import { types } from 'node:util';
import type { Type } from '@nestjs/common';
import { callContext } from '../telemetry/call-context.js';
import { Answering } from './answering.js';
import { Bug } from './bug.js';
import { processCounts, type SeamCounts } from './counts.js';
import { type Coupling, couplingsOf, PropertyTouches } from './couplings.js';
import { type Crossings, crossing } from './crossing.js';
import { Deadlines } from './deadlines.js';
import type { Exported } from './exported.js';
import { handOut, isService } from './handed-out.js';
import { ModuleMap, type SeamModule } from './module-map.js';
import type { Placement } from './placement.js';
import type { RemoteAnswer, RemoteCall } from './remote/remote-call.js';

/** How {@link seamFor} is told what to do. */
export interface SeamOptions {
  /** The business modules that the app hosts. Others (platform, infrastructure) have no seam. */
  readonly modules: readonly SeamModule[];
  /** Sends every call across modules through the wire format, and refuses what could not travel. */
  readonly asIfRemote: boolean;
  /** Where modules answer; without it the modules listed here answer here. */
  readonly placement?: Placement;
  /** How long a call across modules may take, in ms, unless its caller has less time left. */
  readonly callTimeoutMs: number;
  /** Where calls are counted; the counters of this process unless given. */
  readonly counts?: SeamCounts;
  /** Told about failures that came after their deadline, which no caller hears of any more: for the log. */
  readonly late?: (operation: string, error: unknown) => void;
}

/** What a seam knows about its modules. */
export interface SeamDescription {
  readonly exports: readonly Exported[];
  /** What was found to keep modules together: at start by what they declare, since then by what they did. */
  readonly couplings: readonly Coupling[];
}

/** The seam of one app: every call between its modules takes it. */
export interface Seam {
  /** For `NestFactory.create(module, adapter, { instrument: { instanceDecorator } })`. */
  readonly instanceDecorator: (instance: unknown) => unknown;
  /** The business module that a controller belongs to: what a request's context learns at its controller. */
  moduleOfController(type: Type<unknown>): string | undefined;
  /**
   * Makes a call that came from another process, on the module hosted here that it names.
   *
   * @param signal aborted once the caller has given up
   */
  answer(call: RemoteCall, signal: AbortSignal): Promise<RemoteAnswer>;
  /** What others may call of each module hosted here: `<token>.<method>`, sorted. Known once the application is created. */
  operations(): Readonly<Record<string, readonly string[]>>;
  describe(): SeamDescription;
  readonly counts: SeamCounts;
}

/**
 * Makes the seam of an app. To be called before the application is created: it reads the metadata of the listed modules,
 * and redeclares their exported factories so that it knows what they made.
 *
 * Two ways around it are Nest's own (12.5). A cycle of providers through `forwardRef` is handed out before it is decorated:
 * such exports are told as bound. And `resolve()` of a bare application context (`createApplicationContext`) decorates nothing.
 *
 * @throws Bug when a module is listed twice; with `asIfRemote` also for exports that can't travel, all of them at once
 */
export function seamFor(options: SeamOptions): Seam {
  if (!(options.callTimeoutMs > 0))
    throw new Bug(`callTimeoutMs is ${options.callTimeoutMs}: give a number of ms above 0.`);
  const map = new ModuleMap(options.modules);
  if (options.asIfRemote) refuseBound(map.exports);
  const counts = options.counts ?? processCounts;
  const touches = new PropertyTouches(options.asIfRemote);
  const late = options.late ?? (() => undefined);
  const crossings: Crossings = { ...options, counts, late, deadlines: new Deadlines() };

  const answering = new Answering(map);

  const instanceDecorator = (instance: unknown): unknown => {
    // Proxies are ours (an alias hands out what its target made) or somebody else's, whose traps must not be sprung here.
    if (typeof instance !== 'object' || instance === null || types.isProxy(instance)) return instance;
    const exported = map.exportedAs(instance);
    if (!exported || !isService(instance)) return instance;
    answering.remember(exported, instance);
    return handOut(
      instance,
      (name, method) => crossing(crossings, exported, instance, name, method),
      (name, access) => touches.note(exported, name, access, callContext()?.module),
    );
  };
  return {
    instanceDecorator,
    moduleOfController: (type) => map.moduleOfController(type),
    answer: (call, signal) => answering.answer(call, signal),
    operations: () => answering.operations(),
    describe: () => ({ exports: map.exports, couplings: couplingsOf(map.exports, touches, counts) }),
    counts,
  };
}

function refuseBound(exports: readonly Exported[]): void {
  const bound = exports.filter((exported) => exported.way === 'bound');
  if (bound.length === 0) return;
  const list = bound.map(({ module, token, why }) => `${token} of ${module}: ${why}.`);
  throw new Bug(`What these modules export can't travel:\n${list.join('\n')}`);
}
