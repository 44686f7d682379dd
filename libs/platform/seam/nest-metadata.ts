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
const CATCHES = '__filterCatchExceptions__';
/** `Scope.DEFAULT` of Nest: one instance for the application. */
const SINGLETON = 0;

/** Reads what a module declares, before any application is created from it. */
export function declared(module: ModuleLike): Declared {
  const dynamic = 'module' in module ? module : undefined;
  const type = (dynamic ? dynamic.module : module) as ModuleClass;
  const both = <T>(key: 'imports' | 'providers' | 'controllers' | 'exports'): T[] => [
    ...((Reflect.getMetadata(key, type) as T[] | undefined) ?? []),
    ...((dynamic?.[key] as T[] | undefined) ?? []),
  ];
  return {
    type,
    dynamic: dynamic !== undefined,
    imports: both<unknown>('imports').map(unwrapped).filter(isModule),
    providers: both('providers'),
    controllers: both('controllers'),
    exports: both<unknown>('exports').map(unwrapped),
  };
}

/** Replaces providers where a module declares them, in its static and its dynamic part. */
export function redeclare(module: ModuleLike, replace: (provider: Provider) => Provider): void {
  const type = ('module' in module ? module.module : module) as ModuleClass;
  const fixed = Reflect.getMetadata('providers', type) as Provider[] | undefined;
  if (fixed) Reflect.defineMetadata('providers', fixed.map(replace), type);
  if ('module' in module && module.providers) module.providers = module.providers.map(replace);
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

function unwrapped(entry: unknown): unknown {
  const reference = (entry as { forwardRef?: unknown } | null | undefined)?.forwardRef;
  return typeof reference === 'function' ? reference() : entry;
}

/** True for what may stand among `imports`; a class counts, since providers are looked up first. */
export function isModule(entry: unknown): entry is ModuleLike {
  return typeof entry === 'function' || typeof (entry as DynamicModule | undefined)?.module === 'function';
}
