import 'reflect-metadata';
import type { DynamicModule, Provider, Type } from '@nestjs/common';

/** A class or a token object in Nest's metadata. */
export type ModuleClass = Type<unknown>;
/** What may stand among `imports`: a class, a dynamic module, a forward reference; promises of modules are opaque here. */
export type ModuleLike = ModuleClass | DynamicModule;
export type Token = NonNullable<unknown>;

/** What a Nest module declares, static and dynamic parts together. */
export interface Declared {
  readonly type: ModuleClass;
  readonly dynamic: boolean;
  readonly imports: readonly ModuleLike[];
  readonly providers: readonly Provider[];
  readonly controllers: readonly ModuleClass[];
  readonly exports: readonly unknown[];
}

// The keys under which @Module() and @Injectable() store what they are told; Nest exports their names from no public door.
const SCOPE = 'scope:options';
const INJECTED_ARGUMENTS = 'self:paramtypes';
const INJECTED_PROPERTIES = 'self:properties_metadata';
const OPTIONAL_ARGUMENTS = 'optional:paramtypes';
const GLOBAL = '__module:global__';
const CATCHES = '__filterCatchExceptions__';
/** `Scope.DEFAULT` of Nest: one instance for the application. */
const SINGLETON = 0;

/** The lists of one form of a module: of its class alone, or of one dynamic module alone. */
export interface Lists {
  imports: readonly unknown[];
  providers: readonly Provider[];
  controllers: readonly unknown[];
  exports: readonly unknown[];
}

const KEYS = ['imports', 'providers', 'controllers', 'exports'] as const;

/** What forms of modules really declare while Nest is shown something else. */
const hidden = new WeakMap<object, Lists>();

/** Reads what one form of a module declares, whatever Nest is shown. */
export function listsOf(form: ModuleLike): Lists {
  const real = hidden.get(form);
  if (real) return real;
  const read = (key: (typeof KEYS)[number]): readonly unknown[] =>
    ('module' in form ? form[key] : (Reflect.getMetadata(key, form) as unknown[] | undefined)) ?? [];
  return {
    imports: read('imports'),
    providers: read('providers') as Provider[],
    controllers: read('controllers'),
    exports: read('exports'),
  };
}

/**
 * Shows Nest other lists for one form of a module.
 *
 * @returns shows the real ones again
 */
export function show(form: ModuleLike, lists: Lists): () => void {
  hidden.set(form, listsOf(form));
  write(form, lists);
  return () => {
    const real = hidden.get(form);
    if (real) write(form, real);
    hidden.delete(form);
  };
}

function write(form: ModuleLike, lists: Lists): void {
  if ('module' in form) Object.assign(form, lists);
  else for (const key of KEYS) Reflect.defineMetadata(key, lists[key], form);
}

/** Reads what a module declares, static and dynamic parts together, before any application is created from it. */
export function declared(module: ModuleLike): Declared {
  const type = classOf(module);
  const parts = 'module' in module ? [listsOf(type), listsOf(module)] : [listsOf(type)];
  return {
    type,
    dynamic: 'module' in module,
    imports: parts.flatMap(({ imports }) => importsIn(imports)),
    providers: parts.flatMap(({ providers }) => providers),
    controllers: parts.flatMap(({ controllers }) => controllers as ModuleClass[]),
    exports: parts.flatMap(({ exports }) => exports.map(unwrapped)),
  };
}

/** The modules among a list of imports, behind forward references; promises of modules are opaque. */
export function importsIn(list: readonly unknown[]): ModuleLike[] {
  return list.map(unwrapped).filter(isModule);
}

/** Replaces providers where a module declares them, in its static and its dynamic part. */
export function redeclare(module: ModuleLike, replace: (provider: Provider) => Provider): void {
  for (const form of 'module' in module ? [classOf(module), module] : [module]) {
    const lists = listsOf(form);
    if (lists.providers.length === 0) continue;
    const providers = lists.providers.map(replace);
    if (hidden.has(form)) hidden.set(form, { ...lists, providers });
    else if ('module' in form) form.providers = providers;
    else Reflect.defineMetadata('providers', providers, form);
  }
}

/** The class of a module, whether it is written as a class or dynamically. */
export function classOf(module: ModuleLike): ModuleClass {
  return ('module' in module ? module.module : module) as ModuleClass;
}

/** True for providers that don't live once per application: `Scope.REQUEST`, `Scope.TRANSIENT`. */
export function isScoped(provider: Provider): boolean {
  const own = typeof provider === 'object' && 'scope' in provider ? provider.scope : undefined;
  const type = classBehind(provider);
  const declaredScope = type && (Reflect.getMetadata(SCOPE, type) as { scope?: number } | undefined)?.scope;
  return (own ?? declaredScope ?? SINGLETON) !== SINGLETON;
}

/** The token under which a provider is known. */
export function tokenOf(provider: Provider): unknown {
  return typeof provider === 'function' ? provider : provider.provide;
}

/** The class that Nest will instantiate for a provider, if it is one. */
export function classBehind(provider: Provider): ModuleClass | undefined {
  if (typeof provider === 'function') return provider as ModuleClass;
  return 'useClass' in provider ? (provider.useClass as ModuleClass) : undefined;
}

/** True for classes that inject something through `forwardRef`: Nest may hand them out before it has built them. */
export function isInCycle(type: ModuleClass): boolean {
  const injected = [
    ...((Reflect.getMetadata(INJECTED_ARGUMENTS, type) as { param: unknown }[] | undefined) ?? []).map(
      (entry) => entry.param,
    ),
    ...((Reflect.getMetadata(INJECTED_PROPERTIES, type) as { type: unknown }[] | undefined) ?? []).map(
      (entry) => entry.type,
    ),
  ];
  return injected.some(
    (token) => typeof (token as { forwardRef?: unknown } | undefined)?.forwardRef === 'function',
  );
}

/** The tokens that a provider injects, without the optional ones. */
export function injectedBy(provider: Provider): unknown[] {
  if (typeof provider === 'object' && 'useFactory' in provider) {
    return (provider.inject ?? []).flatMap((entry) => {
      const told = entry as { token?: unknown; optional?: boolean };
      return told?.token === undefined ? [entry] : told.optional ? [] : [told.token];
    });
  }
  if (typeof provider === 'object' && 'useExisting' in provider) return [provider.useExisting];
  const type = classBehind(provider);
  if (!type) return [];
  const optional = (Reflect.getMetadata(OPTIONAL_ARGUMENTS, type) as number[] | undefined) ?? [];
  const types = [...((Reflect.getMetadata('design:paramtypes', type) as unknown[] | undefined) ?? [])];
  for (const { index, param } of (Reflect.getMetadata(INJECTED_ARGUMENTS, type) ?? []) as Injected[]) {
    types[index] = param;
  }
  const properties = (Reflect.getMetadata(INJECTED_PROPERTIES, type) ?? []) as { type: unknown }[];
  return [
    ...types.filter((_, at) => !optional.includes(at)),
    ...properties.map((property) => property.type),
  ].map(unwrapped);
}

interface Injected {
  readonly index: number;
  readonly param: unknown;
}

/** True for modules whose exports everybody sees. */
export function isGlobal(module: ModuleLike): boolean {
  return (
    ('module' in module && module.global === true) || Reflect.getMetadata(GLOBAL, classOf(module)) === true
  );
}

/** True for guards, interceptors, pipes, filters and middleware: Nest builds and runs them beside the code they protect. */
export function isEnhancer(type: ModuleClass): boolean {
  const prototype = type.prototype as Record<string, unknown> | undefined;
  if (!prototype) return false;
  const has = (name: string) => typeof prototype[name] === 'function';
  if (has('canActivate') || has('intercept') || Reflect.hasMetadata(CATCHES, type)) return true;
  // `transform` and `use` may be words of a business: a pipe or a middleware has nothing beside them.
  const methods = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return methods.length === 1 && (has('transform') || has('use'));
}

/** What people call a token: the name of a class, the text of a symbol, a string as it is. */
export function tokenName(token: Token): string {
  if (typeof token === 'function') return token.name;
  return typeof token === 'symbol' ? (token.description ?? 'symbol') : String(token);
}

/** What a forward reference refers to; everything else is itself. */
export function unwrapped(entry: unknown): unknown {
  const reference = (entry as { forwardRef?: unknown } | null | undefined)?.forwardRef;
  return typeof reference === 'function' ? reference() : entry;
}

/** True for what may stand among `imports`; a class counts, since providers are looked up first. */
export function isModule(entry: unknown): entry is ModuleLike {
  return typeof entry === 'function' || typeof (entry as DynamicModule | undefined)?.module === 'function';
}
