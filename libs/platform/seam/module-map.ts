import type { DynamicModule, FactoryProvider, Provider, Type } from '@nestjs/common';
import { Bug } from './bug.js';
import { claim, claimed, claiming } from './claims.js';
import type { Exported } from './exported.js';
import { isService } from './handed-out.js';
import * as nest from './nest-metadata.js';

/** A business module as its app lists it. */
export interface SeamModule {
  /** The name that contexts, routes and roles use. */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the constructor of a module takes what it likes
  readonly type: Type<any> | DynamicModule;
}

/** Which module owns what. Read from Nest's metadata before the application is created. */
export class ModuleMap {
  /** All that the modules export, in the order of declaration. */
  readonly exports: Exported[] = [];
  readonly #listed = new Map<nest.ModuleClass, string>();
  /** For every Nest module in reach: the business modules that reach it without passing through another one. */
  readonly #reachedBy = new Map<nest.ModuleClass, Set<string>>();
  /** For every class that is provided: whose it is. More than one owner: nobody's. */
  readonly #homes = new Map<nest.ModuleClass, Set<string>>();
  readonly #byClass = new Map<nest.ModuleClass, Exported>();
  readonly #byClaim = new Map<string, Exported>();
  readonly #controllers = new Map<nest.ModuleClass, Set<string>>();

  /** @throws Bug when a name or a class is listed twice */
  constructor(modules: readonly SeamModule[]) {
    for (const { name, type } of modules) this.#list(name, nest.classOf(type));
    for (const { name, type } of modules) this.#reach(type, name, new Set());
    for (const { type } of modules) this.#settle(type, new Set());
    for (const { name, type } of modules) this.#readExports(type, name);
  }

  /** What an instance is exported as, if it is. */
  exportedAs(instance: object): Exported | undefined {
    const by = claimed(instance);
    const owned = by && this.#byClaim.get(key(by.module, by.token));
    if (owned) return owned;
    const type: unknown = Object.getPrototypeOf(instance)?.constructor;
    return typeof type === 'function' ? this.#byClass.get(type as nest.ModuleClass) : undefined;
  }

  /** The business module that a controller belongs to; undefined for the app's own and for one that several share. */
  moduleOfController(type: nest.ModuleClass): string | undefined {
    const owners = this.#controllers.get(type);
    return owners?.size === 1 ? [...owners][0] : undefined;
  }

  #list(name: string, type: nest.ModuleClass): void {
    const taken = this.#listed.get(type);
    if (taken !== undefined)
      throw new Bug(`${type.name} is listed as "${taken}" and as "${name}": list it once.`);
    if ([...this.#listed.values()].includes(name)) {
      throw new Bug(`Two modules are called "${name}", one is ${type.name}: give each a name of its own.`);
    }
    this.#listed.set(type, name);
  }

  #reach(module: nest.ModuleLike, name: string, seen: Set<nest.ModuleLike>): void {
    if (seen.has(module)) return;
    seen.add(module);
    const { type, imports } = nest.declared(module);
    if ((this.#listed.get(type) ?? name) !== name) return;
    note(this.#reachedBy, type, name);
    for (const imported of imports) this.#reach(imported, name, seen);
  }

  /** Notes whose the classes and controllers of a module are: of the one business module that reaches it, or of itself. */
  #settle(module: nest.ModuleLike, seen: Set<nest.ModuleLike>): void {
    if (seen.has(module)) return;
    seen.add(module);
    const { type, imports, providers, controllers } = nest.declared(module);
    const owner = this.#ownerOf(type);
    for (const provider of providers) {
      const behind = nest.classBehind(provider);
      if (behind) note(this.#homes, behind, owner ?? `the Nest module ${type.name}`);
    }
    if (owner !== undefined) for (const controller of controllers) note(this.#controllers, controller, owner);
    for (const imported of imports) this.#settle(imported, seen);
  }

  #ownerOf(type: nest.ModuleClass): string | undefined {
    const owners = this.#reachedBy.get(type);
    return this.#listed.get(type) ?? (owners?.size === 1 ? [...owners][0] : undefined);
  }

  #readExports(module: nest.ModuleLike, owner: string): void {
    const declared = nest.declared(module);
    for (const entry of declared.exports) {
      const token = (entry as { provide?: nest.Token }).provide ?? (entry as nest.Token);
      const provider = providing(declared.providers, token);
      if (provider) this.#readProvider({ owner, token: nest.tokenName(token), module }, provider);
      else if (nest.isModule(entry)) this.#readReExport(entry, declared, owner);
    }
  }

  #readReExport(entry: nest.ModuleLike, declared: nest.Declared, owner: string): void {
    const type = nest.classOf(entry);
    if (this.#listed.has(type)) return; // its exports are its own, whoever passes them on
    const imported =
      declared.imports.find((other) => other === entry || nest.classOf(other) === type) ?? entry;
    if ('module' in imported || this.#ownerOf(type) !== owner) {
      const why = `${type.name} is infrastructure that every process builds for itself`;
      this.exports.push({ module: owner, token: type.name, shape: 're-export', way: 'local', why });
    } else this.#readExports(imported, owner);
  }

  #readProvider(place: Place, provider: Provider, shape?: 'alias'): void {
    const add = (own: Exported['shape'], why?: { way: 'bound' | 'local'; why: string }): Exported => {
      const exported = {
        module: place.owner,
        token: place.token,
        shape: shape ?? own,
        ...(why ?? { way: 'seam' as const }),
      };
      this.exports.push(exported);
      return exported;
    };
    const scoped = nest.isScoped(provider) ? SCOPED : undefined;
    if (typeof provider === 'object' && 'useExisting' in provider) {
      const target = this.#find(provider.useExisting, place.module, place.owner);
      if (target) this.#readProvider({ ...place, module: target.module }, target.provider, 'alias');
      else
        add('alias', {
          way: 'local',
          why: 'it stands for a provider of another module, whose own export counts',
        });
    } else if (typeof provider === 'object' && 'useFactory' in provider) {
      this.#claimFactory(place, provider, add('factory', scoped));
    } else if (typeof provider === 'object' && 'useValue' in provider) {
      if (!isService(provider.useValue)) add('value', DATA);
      else this.#claimValue(place, provider.useValue, add('value'));
    } else {
      const type = nest.classBehind(provider) as nest.ModuleClass;
      const exported = add(
        'class',
        this.#whyLocal(type) ?? scoped ?? (nest.isInCycle(type) ? IN_CYCLE : undefined),
      );
      if (exported.way !== 'local' && !this.#byClass.has(type)) this.#byClass.set(type, exported);
    }
  }

  /** The provider that an alias stands for, in its own Nest module or in a part of the same business module. */
  #find(
    token: unknown,
    module: nest.ModuleLike,
    owner: string,
    seen = new Set<nest.ModuleLike>(),
  ): Found | undefined {
    if (seen.has(module)) return undefined;
    seen.add(module);
    const { providers, imports } = nest.declared(module);
    const provider = providing(providers, token);
    if (provider) return { provider, module };
    for (const part of imports) {
      const type = nest.classOf(part);
      if (this.#listed.has(type) || this.#ownerOf(type) !== owner) continue;
      const found = this.#find(token, part, owner, seen);
      if (found) return found;
    }
    return undefined;
  }

  #whyLocal(type: nest.ModuleClass): { way: 'local'; why: string } | undefined {
    if (nest.isEnhancer(type))
      return { way: 'local', why: 'guards, pipes and their like run beside what they protect' };
    const homes = [...(this.#homes.get(type) ?? [])];
    if (homes.length < 2) return undefined;
    const why = `${type.name} is provided by ${homes.join(' and ')}, so an instance doesn't tell whose it is: let one own it`;
    return { way: 'local', why };
  }

  #claimFactory({ owner, token, module }: Place, provider: FactoryProvider, exported: Exported): void {
    this.#byClaim.set(key(owner, token), exported);
    const copy = claiming(provider, { module: owner, token });
    nest.redeclare(module, (other) => (other === provider ? copy : other));
  }

  #claimValue({ owner, token }: Place, value: unknown, exported: Exported): void {
    this.#byClaim.set(key(owner, token), exported);
    claim(value, { module: owner, token });
  }
}

/** Where an export was found. */
interface Place {
  readonly owner: string;
  readonly token: string;
  readonly module: nest.ModuleLike;
}

interface Found {
  readonly provider: Provider;
  readonly module: nest.ModuleLike;
}

const DATA = { way: 'local', why: 'it is data: put what others need of it behind an async method' } as const;
const SCOPED = {
  way: 'bound',
  why: 'it lives per request or per consumer, which another process does not see: pass what it reads as arguments',
} as const;

const IN_CYCLE = {
  way: 'bound',
  why: 'it injects through forwardRef, so Nest hands it out before the seam sees it and calls pass by: break the cycle',
} as const;

const key = (module: string, token: string) => `${module} ${token}`;

/** The provider that answers for a token: the last one, as in Nest. */
function providing(providers: readonly Provider[], token: unknown): Provider | undefined {
  return providers.findLast(
    (provider) => (typeof provider === 'function' ? provider : provider.provide) === token,
  );
}

function note<K>(notes: Map<K, Set<string>>, about: K, name: string): void {
  const known = notes.get(about);
  if (known) known.add(name);
  else notes.set(about, new Set([name]));
}
