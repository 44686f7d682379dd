import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import type { EdgeCount } from './counts.js';
import { COUPLING_CURES, type Coupling } from './couplings.js';
import { contractMethods, isService } from './handed-out.js';
import type { ModuleMap, Offer } from './module-map.js';
import * as nest from './nest-metadata.js';
import { privateTokens, type StandInModule } from './stand-in-modules.js';
import { toWire } from './wire.js';

/** Why an export can't be asked from another process, as far as its declaration tells; each reason ends with the cure. */
export function reasonsAgainst(offer: Offer): string[] {
  const { exported, provider } = offer;
  if (exported.way === 'bound') return [`${exported.why}`];
  const type = provider && nest.classBehind(provider);
  if (type && exported.way === 'local') return nest.isEnhancer(type) ? [] : [`${exported.why}`];
  if (type) return [...liveClass(type), ...methodsOf(type)];
  if (typeof provider === 'object' && 'useValue' in provider) return liveValue(provider.useValue);
  return [];
}

/** The same as sentences that name the export. */
export function toldAgainst(offer: Offer): string[] {
  const { token, module } = offer.exported;
  return reasonsAgainst(offer).map((reason) => `${token} of ${module}: ${reason}.`);
}

const LIVE_CURE = 'offer async methods that answer with plain data, or publish an event';

function liveClass(type: nest.ModuleClass): string[] {
  const prototype = type.prototype as object;
  const emits = prototype instanceof EventEmitter;
  const flows = 'subscribe' in prototype && 'pipe' in prototype;
  return emits || flows ? [`${type.name} is a live ${emits ? 'event emitter' : 'stream'}: ${LIVE_CURE}`] : [];
}

function methodsOf(type: nest.ModuleClass): string[] {
  const prototype = type.prototype as Record<string, unknown>;
  return contractMethods(prototype).flatMap((name) => {
    const what = answerOf(prototype, name);
    if (what === undefined) return [];
    if (what === 'sync') {
      return [`${name} answers without a promise: declare it async, and await it where it is called`];
    }
    return [`${name} answers with ${what}, which stays in its process: ${LIVE_CURE}`];
  });
}

/** What a method answers with when that can't travel; undefined where nothing is known against it. */
function answerOf(prototype: Record<string, unknown>, name: string): string | undefined {
  const kind = (prototype[name] as object).constructor.name;
  if (kind === 'AsyncFunction') return undefined;
  if (kind.endsWith('GeneratorFunction')) return 'a generator';
  // Emitted by decorators. `Object` stands for interfaces, unions and any; for void it is undefined, as for no decorator.
  const told: unknown = Reflect.getMetadata('design:returntype', prototype, name);
  if (typeof told !== 'function' || told === Object || told === Promise) return undefined;
  const shape = (told.prototype ?? {}) as object;
  if ('then' in shape) return undefined;
  if ('subscribe' in shape || 'pipe' in shape || shape instanceof EventEmitter) return `a live ${told.name}`;
  return 'sync';
}

/** A value with methods may keep no state beside them, and one without methods must be data: each process has its own. */
function liveValue(value: unknown): string[] {
  if (typeof value === 'function') return [];
  if (isService(value)) {
    if (value instanceof EventEmitter || 'subscribe' in value) return [`it is a live object: ${LIVE_CURE}`];
    const methods = new Set(contractMethods(value));
    const state = Object.keys(value).filter(
      (name) => !methods.has(name) && typeof Reflect.get(value, name) !== 'function',
    );
    if (state.length === 0) return [];
    return [
      `it is a live value that keeps ${state.join(', ')} beside its methods: put those behind async methods`,
    ];
  }
  return isConstant(value)
    ? []
    : ['it is a live value, of which every process would have its own: put it behind async methods'];
}

/** Plain data: not what a Map or a Set is for, which is to change. */
function isConstant(value: unknown): boolean {
  try {
    toWire(value, 'it');
  } catch {
    return false;
  }
  return !types.isMap(value) && !types.isSet(value);
}

/** What is known against placing `elsewhere` apart from `here`: by what is declared, and by what was seen. */
export function reasonsAgainstApart(
  map: ModuleMap,
  here: readonly string[],
  elsewhere: ReadonlyMap<string, readonly StandInModule[]>,
  seen: readonly Readonly<EdgeCount>[],
  known: readonly Coupling[],
): string[] {
  const declared = map.offers.filter(({ exported }) => elsewhere.has(exported.module)).flatMap(toldAgainst);
  const missing = [...elsewhere].flatMap(([name, forms]) => missingHere(map, name, forms));
  return [...new Set([...declared, ...missing, ...observed(here, elsewhere, seen, known)])];
}

/** What is kept here of a module that lives elsewhere injects something that only its own process has. */
function missingHere(map: ModuleMap, name: string, forms: readonly StandInModule[]): string[] {
  const hidden = privateTokens(map, name);
  const kept = forms.flatMap((form) => form.kept);
  for (const provider of kept) hidden.delete(nest.tokenOf(provider));
  return kept.flatMap((provider) =>
    nest
      .injectedBy(provider)
      .filter((token) => hidden.has(token))
      .map((token) => {
        const what = nest.tokenName((nest.classBehind(provider) ?? nest.tokenOf(provider)) as nest.Token);
        const wants = nest.tokenName(token as nest.Token);
        return `${what} of ${name}: it runs beside what it protects and injects ${wants}, which ${name} keeps for itself: export ${wants}.`;
      }),
  );
}

function observed(
  here: readonly string[],
  elsewhere: ReadonlyMap<string, unknown>,
  seen: readonly Readonly<EdgeCount>[],
  known: readonly Coupling[],
): string[] {
  const apart = (one: string, other: string) =>
    (elsewhere.has(one) && here.includes(other)) || (here.includes(one) && elsewhere.has(other));
  return [...known, ...seen.flatMap(asCouplings)].flatMap(({ kind, module, what, callers }) => {
    if (kind === 'synchronous' && elsewhere.has(module)) {
      return [`${what} of ${module}: it was seen to answer without a promise. ${COUPLING_CURES.synchronous}`];
    }
    if (kind !== 'transaction') return [];
    const torn = callers.filter((caller) => apart(module, caller));
    const why = (caller: string) =>
      `it was seen to write in a transaction of ${caller}, so ${caller} and ${module} go together`;
    return torn.map((caller) => `${what} of ${module}: ${why(caller)}. ${COUPLING_CURES.transaction}`);
  });
}

type Seen = Pick<Coupling, 'kind' | 'module' | 'what' | 'callers'>;

function asCouplings({ callee, operation, caller, synchronous, transactions }: Readonly<EdgeCount>): Seen[] {
  const coupling = { module: callee, what: operation, callers: [caller] };
  return [
    ...(synchronous > 0 ? [{ kind: 'synchronous' as const, ...coupling }] : []),
    ...(transactions > 0 ? [{ kind: 'transaction' as const, ...coupling }] : []),
  ];
}
