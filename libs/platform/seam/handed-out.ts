import { types } from 'node:util';

/** Makes the function that is handed out in place of the method `name`. */
export type Wrap = (name: string, method: Method) => Method;
/** Told about a property of `real` that somebody reads or writes; throws to refuse it. */
export type Touch = (name: string, access: 'read' | 'written') => void;
export type Method = (...args: unknown[]) => unknown;

interface Cached {
  readonly of: Method;
  readonly wrapped: Method;
}

/**
 * Names that belong to JavaScript or to Nest, not to a module's contract. Nest calls the hooks once, on what it was
 * handed, from outside every module; everybody prints and compares.
 */
const NOT_A_CALL = new Set([
  'constructor',
  'toString',
  'toLocaleString',
  'toJSON',
  'valueOf',
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/**
 * What others get of an exported provider: `real` in every respect (prototype, `instanceof`, properties, private fields,
 * metadata on methods), but for its methods, which go through `wrap`, and its properties, which are told to `touch`.
 *
 * A Proxy and not a generated object: Nest assigns injected properties after this, and accessors and `#private` fields
 * need the real receiver. Measured (apps/bench/seam.ts, Node 24): a module's own call through it takes some 40 ns more than
 * a direct one, the look at the context included, against about none for a generated object; either is little beside the
 * microsecond of a call across modules.
 */
export function handOut<T extends object>(real: T, wrap: Wrap, touch: Touch): T {
  const kept = new Map<string, Cached>();
  return new Proxy(replaceable(real), {
    get(_, name) {
      const value: unknown = Reflect.get(real, name, real);
      if (typeof name === 'symbol') return value;
      if (typeof value !== 'function') {
        if (value !== undefined) touch(name, 'read');
        return value;
      }
      const known = kept.get(name);
      if (known !== undefined && known.of === value) return known.wrapped;
      if (!isContractMethod(name, value)) return value;
      const wrapped = dressed(wrap(name, value as Method), value);
      kept.set(name, { of: value as Method, wrapped });
      return wrapped;
    },
    set(target, name, value) {
      if (typeof name === 'string' && typeof value !== 'function') touch(name, 'written');
      return Reflect.set(real, name, value) && (target === real || Reflect.set(target, name, value));
    },
  });
}

/** Objects that JavaScript keeps state in where no Proxy reaches, and Proxies of others, whose traps are theirs. */
const BUILT_IN = [
  types.isProxy,
  types.isPromise,
  types.isMap,
  types.isSet,
  types.isWeakMap,
  types.isWeakSet,
  types.isDate,
  types.isRegExp,
  types.isAnyArrayBuffer,
  types.isArrayBufferView,
  Array.isArray,
];

/** True for an object with a method that others may call: a service, not data. */
export function isService(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || BUILT_IN.some((is) => is(value))) return false;
  return contractMethods(value).length > 0;
}

/** Names of the functions of an object, its own and inherited, that its users may call. */
export function contractMethods(of: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = of; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (isContractMethod(name, property.value)) names.add(name);
    }
  }
  return [...names];
}

/** True for names that never belong to a contract: what every object has, and the hooks that Nest calls. */
export function isJavaScriptsOrNests(name: string): boolean {
  return NOT_A_CALL.has(name) || name in Object.prototype;
}

/** The functions of an object that its users may call: no constructor, hook, class, nor anything of Object itself. */
export function isContractMethod(name: string, value: unknown): boolean {
  if (typeof value !== 'function' || NOT_A_CALL.has(name)) return false;
  if ((Object.prototype as Record<string, unknown>)[name] === value) return false;
  // The prototype of a class can't be written, that of a function can.
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable !== false;
}

/**
 * `wrapped` seen from outside as `method`: name, arity, and through its prototype the metadata and properties that
 * decorators left on it (schedulers and event libraries read them from the function on the instance).
 */
function dressed(wrapped: Method, method: object): Method {
  Object.setPrototypeOf(wrapped, method);
  for (const name of ['name', 'length']) {
    Object.defineProperty(wrapped, name, { value: Reflect.get(method, name), configurable: true });
  }
  return wrapped;
}

/** A Proxy must show the fixed properties of its target as they are; a frozen object gets a stand-in without fixed ones. */
function replaceable<T extends object>(real: T): T {
  const own = Object.getOwnPropertyDescriptors(real);
  const descriptors: PropertyDescriptor[] = Object.values(own);
  if (descriptors.every((property) => property.configurable) && Object.isExtensible(real)) return real;
  for (const property of descriptors) {
    property.configurable = true;
    if ('value' in property) property.writable = true;
  }
  return Object.create(Object.getPrototypeOf(real), own) as T;
}
