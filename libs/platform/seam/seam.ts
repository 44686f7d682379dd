import { types } from 'node:util';
import type { Type } from '@nestjs/common';
import { callContext } from '../telemetry/call-context.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { Answering } from './answering.js';
import { Bug } from './bug.js';
import { reasonsAgainstApart, toldAgainst } from './cannot-travel.js';
import { SeamCounts } from './counts.js';
import { type Coupling, couplingsOf, PropertyTouches } from './couplings.js';
import { type Crossings, crossing, crossingElsewhere, type ToldCall } from './crossing.js';
import { Deadlines } from './deadlines.js';
import type { Exported } from './exported.js';
import type { GiveUpSignal } from './giving-up.js';
import { handOut, isService } from './handed-out.js';
import { ModuleMap, type Offer, type SeamModule } from './module-map.js';
import type { Placement } from './placement.js';
import type { RemoteAnswer, RemoteCall } from './remote/remote-call.js';
import { whileShown } from './showing.js';
import { standIn } from './stand-in.js';
import { everywhereIn, type StandInModule, standInModules } from './stand-in-modules.js';

/** How {@link seamFor} is told what to do. */
export interface SeamOptions {
  /** The business modules that the app hosts. Others (platform, infrastructure) have no seam. */
  readonly modules: readonly SeamModule[];
  /**
   * Business modules that other apps host: they get stand-ins, made while the application is created by {@link Seam.creating}.
   * The root of the application lists them among its imports, like those that it hosts. Needs a placement.
   */
  readonly elsewhere?: readonly SeamModule[];
  /** Couplings that another process saw: those that keep modules together are respected. */
  readonly couplings?: readonly Coupling[];
  /** Sends every call across modules through the wire format, and refuses what could not travel. */
  readonly asIfRemote: boolean;
  /** Where modules answer; without it the modules listed here answer here. */
  readonly placement?: Placement;
  /** How long a call across modules may take, in ms, unless its caller has less time left. */
  readonly callTimeoutMs: number;
  /** Where calls are counted; counters of its own unless given. */
  readonly counts?: SeamCounts;
  /** Where calls leave their spans that come from another process, or from no context; undefined: nowhere. */
  readonly spans?: SpanBuffer;
  /** Told of each call answered by this process, in the context that it ran in: for the log. */
  readonly told?: (call: ToldCall) => void;
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
  /**
   * Creates the application: `creating(() => NestFactory.create(root, adapter, options))`. While `create` runs, Nest is shown
   * stand-ins for the modules that live elsewhere; applications of one process are created one after the other.
   */
  creating<T>(create: () => Promise<T>): Promise<T>;
  /** The business module that a controller belongs to: what a request's context learns at its controller. */
  moduleOfController(type: Type<unknown>): string | undefined;
  /**
   * Makes a call that came from another process, on the module hosted here that it names.
   *
   * @param signal aborted once the caller has given up
   */
  answer(call: RemoteCall, signal: GiveUpSignal): Promise<RemoteAnswer>;
  /** What others may call of each module hosted here: `<token>.<method>`, sorted. Known once the application is created. */
  operations(): Readonly<Record<string, readonly string[]>>;
  /** Why a module hosted here must not be answered elsewhere, by what it declares and by what was seen until now. */
  objectionsTo(module: string): readonly string[];
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
 * @throws Bug when a module is listed twice; with `elsewhere` or `asIfRemote` also for exports that can't travel, and for
 *   modules that can't be placed apart, all of them at once
 */
export function seamFor(options: SeamOptions): Seam {
  const { modules, elsewhere = [], asIfRemote } = options;
  if (!(options.callTimeoutMs > 0))
    throw new Bug(`callTimeoutMs is ${options.callTimeoutMs}: give a number of ms above 0.`);
  const map = new ModuleMap([...modules, ...elsewhere]);
  const counts = options.counts ?? new SeamCounts();
  const touches = new PropertyTouches(asIfRemote);
  const late = options.late ?? (() => undefined);
  const crossings: Crossings = { ...options, counts, late, deadlines: new Deadlines() };
  const answering = new Answering(map, options.told, options.spans);
  const standIns = standInsFor(map, elsewhere, crossings);
  refuse(`can't travel`, asIfRemote ? map.offers.flatMap(toldAgainst) : []);
  const names = modules.map(nameOf);
  const against = (here: readonly string[], apart: typeof standIns) =>
    reasonsAgainstApart(map, here, apart, counts.rows(), options.couplings ?? []);
  refuse(`can't be placed apart`, against(names, standIns));

  const instanceDecorator = (instance: unknown): unknown => {
    // Proxies are ours (an alias hands out what its target made) or somebody else's, whose traps must not be sprung here.
    if (typeof instance !== 'object' || instance === null || types.isProxy(instance)) return instance;
    const exported = map.exportedAs(instance);
    if (!exported || standIns.has(exported.module)) return instance;
    if (!isService(instance)) {
      answering.rememberData(exported);
      return instance;
    }
    answering.remember(exported, instance);
    return handOut(
      instance,
      (name, method) => crossing(crossings, exported, instance, name, method),
      (name, access) => touches.note(exported, name, access, callContext()?.module),
    );
  };
  return {
    instanceDecorator,
    creating: (create) => whileShown([...standIns.values()].flat(), create),
    moduleOfController: (type) => map.moduleOfController(type),
    answer: (call, signal) => answering.answer(call, signal),
    operations: () => answering.operations(),
    objectionsTo: (module) =>
      against(
        names.filter((name) => name !== module),
        new Map([[module, []]]),
      ),
    describe: () => ({
      exports: map.exports,
      couplings: [
        ...couplingsOf(map.exports, touches, counts),
        ...everywhereIn(map, [...modules, ...elsewhere]),
      ],
    }),
    counts,
  };
}

const nameOf = ({ name }: SeamModule) => name;

function standInsFor(
  map: ModuleMap,
  elsewhere: readonly SeamModule[],
  crossings: Crossings,
): ReadonlyMap<string, readonly StandInModule[]> {
  const { placement } = crossings;
  if (elsewhere.length > 0 && !placement) {
    throw new Bug(
      `${elsewhere.map(nameOf).join(', ')} live elsewhere, and no placement says where: give one.`,
    );
  }
  const made = new Map<Exported, object>();
  const standInFor = (offer: Offer): object => {
    const { module, token } = offer.exported;
    const exported = map.recognised(module, token) ?? offer.exported;
    const known = made.get(exported);
    if (known) return known;
    const one = standIn(offer, (name) =>
      crossingElsewhere(crossings, placement as Placement, exported, name),
    );
    made.set(exported, one);
    return one;
  };
  return new Map(elsewhere.map(({ name }) => [name, standInModules(map, name, standInFor)]));
}

function refuse(what: string, reasons: readonly string[]): void {
  if (reasons.length > 0) throw new Bug(`What these modules export ${what}:\n${reasons.join('\n')}`);
}
