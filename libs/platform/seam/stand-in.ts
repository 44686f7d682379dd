import { Bug } from './bug.js';
import { PROPERTY_CURE } from './couplings.js';
import { contractMethods, isContractMethod, isJavaScriptsOrNests, type Method } from './handed-out.js';
import type { Offer } from './module-map.js';
import { classBehind } from './nest-metadata.js';

/**
 * Names that promises, printers and test runners look for on any object. Nobody's contract: a stand-in whose methods are not
 * known says that it hasn't got them.
 */
const PROBES = new Set([
  'then',
  'catch',
  'finally',
  'inspect',
  'asymmetricMatch',
  'nodeType',
  'tagName',
  'hasAttribute',
]);

/**
 * What consumers get of a provider that lives in another process: its prototype and `instanceof`, its methods as calls,
 * nothing else. Reading or writing anything that is no method is refused, in whatever context: `undefined` would be a lie.
 *
 * What decorators left on methods and on the class is hidden: libraries that look for handlers among the providers (schedulers,
 * event listeners, queue processors) must find them where they live, and not here too.
 *
 * @param call makes the function that calls the method of this name
 */
export function standIn(offer: Offer, call: (name: string) => Method): object {
  const { exported } = offer;
  const model = modelOf(offer);
  const methods = contractMethods(model);
  // A factory may make anything, and an abstract class as its token tells nothing: then every name may be a method.
  const known = methods.length > 0 || !isMadeByFactory(offer) ? new Set(methods) : undefined;
  const refuse = (name: string, access: 'read' | 'written'): never => {
    throw new Bug(
      `${exported.token}.${name} of ${exported.module}, which answers in another process, was ${access} as a ` +
        `property; that can't travel. ${PROPERTY_CURE}`,
    );
  };
  const calls = new Map<string, Method>();
  const callOf = (name: string): Method => {
    let made = calls.get(name);
    if (!made) {
      made = named(call(name), name, Reflect.get(model, name));
      // What a factory makes may be data: then its users take the method for a value, and must not get far with it.
      if (!known) Object.defineProperty(made, Symbol.toPrimitive, { value: () => refuse(name, 'read') });
      calls.set(name, made);
    }
    return made;
  };
  return new Proxy(Object.create(blank(model)) as object, {
    get(target, name) {
      if (Object.hasOwn(target, name) || name === 'constructor') return Reflect.get(target, name);
      if (typeof name === 'symbol' || isJavaScriptsOrNests(name)) return Reflect.get(Object.prototype, name);
      if (known?.has(name)) return callOf(name);
      if (PROBES.has(name) || !/^[a-z]/i.test(name)) return undefined;
      return known ? refuse(name, 'read') : callOf(name);
    },
    // A test may replace a method, as it may on the real provider.
    set: (target, name, value) =>
      typeof name === 'string' && typeof value !== 'function'
        ? refuse(name, 'written')
        : Reflect.set(target, name, value),
  });
}

const isMadeByFactory = ({ provider }: Offer) => typeof provider === 'object' && 'useFactory' in provider;

/** What shows the methods of a provider without building it. */
function modelOf({ provider, token }: Offer): object {
  if (typeof provider === 'object' && 'useValue' in provider) return provider.useValue as object;
  const type = (provider && classBehind(provider)) ?? token;
  return typeof type === 'function' ? (type.prototype as object) : {};
}

/** An object below `model` whose constructor bears the name of the real one, and none of its metadata. */
function blank(model: object): object {
  const { name } = model.constructor ?? Object;
  const unmarked = { [name]: class {} }[name];
  return Object.create(model, { constructor: { value: unmarked, configurable: true } });
}

function named(made: Method, name: string, method: unknown): Method {
  const length = isContractMethod(name, method) ? (method as Method).length : 0;
  Object.defineProperty(made, 'name', { value: name, configurable: true });
  return Object.defineProperty(made, 'length', { value: length, configurable: true });
}
