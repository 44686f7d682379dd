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

/** An export with what Nest was told of it. */
export interface Offer {
  readonly exported: Exported;
  readonly token: nest.Token;
  /** What answers for it, behind aliases; undefined for modules and for providers of other modules that are passed on. */
  readonly provider?: Provider;
}

/** Which module owns what. Read from Nest's metadata before the application is created. */
export class ModuleMap {
  /** All that the modules export, in the order of declaration. */
  readonly offers: Offer[] = [];
  readonly #listed = new Map<nest.ModuleClass, string>();
  /** For every Nest module in reach: the business modules that reach it without passing through another one. */
  readonly #reachedBy = new Map<nest.ModuleClass, Set<string>>();
  /** For every class that is provided: whose it is. More than one owner: nobody's. */
  readonly #homes = new Map<nest.ModuleClass, Set<string>>();
  readonly #byClass = new Map<nest.ModuleClass, Exported>();
  readonly #byClaim = new Map<string, Exported>();
  readonly #recognised = new Map<string, Exported>();
  readonly #factories = new Map<unknown, Exported>();
  readonly #controllers = new Map<nest.ModuleClass, Set<string>>();
  /** For every listed module: its class or dynamic modules of it, as somebody lists or imports them. */
  readonly #forms = new Map<string, Set<nest.ModuleLike>>();

  /** @throws Bug when a name or a class is listed twice */
  constructor(modules: readonly SeamModule[]) {
    for (const { name, type } of modules) this.#list(name, nest.classOf(type));
    for (const { name, type } of modules) this.#reach(type, name, new Set());
    for (const { type } of modules) this.#settle(type, new Set());
    for (const { name } of modules) for (const form of this.formsOf(name)) this.#readExports(form, name);
  }

  get exports(): readonly Exported[] {
    return this.offers.map(({ exported }) => exported);
  }

  /** A listed module in every form in which the app meets it: the class, dynamic modules of it. */
  formsOf(name: string): Iterable<nest.ModuleLike> {
    return this.#forms.get(name) ?? [];
  }

  /** The business module that a Nest module is part of, if it is part of one alone. */
  ownerOf(type: nest.ModuleClass): string | undefined {
    const owners = this.#reachedBy.get(type);
    return this.#listed.get(type) ?? (owners?.size === 1 ? [...owners][0] : undefined);
  }

  isListed(type: nest.ModuleClass): boolean {
    return this.#listed.has(type);
  }

  /** True for Nest modules that a business module is made of: its own, neither listed nor dynamic nor used by another. */
  isPart(module: nest.ModuleLike, of: string): boolean {
    const type = nest.classOf(module);
    return !('module' in module) && !this.isListed(type) && this.ownerOf(type) === of;
  }

  /** What a module exports under a token. */
  offer(module: string, token: unknown): Offer | undefined {
    return this.offers.find((offer) => offer.exported.module === module && offer.token === token);
  }

  /**
   * The export as which the instance behind a token is recognised: where a class and an alias of it are exported, they have one
   * instance and so one identity, that of the first.
   */
  recognised(module: string, token: string): Exported | undefined {
    return this.#recognised.get(key(module, token));
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
    const listedAs = this.#listed.get(type);
    if (listedAs !== undefined) note(this.#forms, listedAs, module);
    if ((listedAs ?? name) !== name) return;
    note(this.#reachedBy, type, name);
    for (const imported of imports) this.#reach(imported, name, seen);
  }

  /** Notes whose the classes and controllers of a module are: of the one business module that reaches it, or of itself. */
  #settle(module: nest.ModuleLike, seen: Set<nest.ModuleLike>): void {
    if (seen.has(module)) return;
    seen.add(module);
    const { type, imports, providers, controllers } = nest.declared(module);
    const owner = this.ownerOf(type);
    for (const provider of providers) {
      const behind = nest.classBehind(provider);
      if (behind) note(this.#homes, behind, owner ?? `the Nest module ${type.name}`);
    }
    if (owner !== undefined) for (const controller of controllers) note(this.#controllers, controller, owner);
    for (const imported of imports) this.#settle(imported, seen);
  }

  #readExports(module: nest.ModuleLike, owner: string): void {
    const declared = nest.declared(module);
    for (const entry of declared.exports) {
      const token = (entry as { provide?: nest.Token }).provide ?? (entry as nest.Token);
      const provider = providing(declared.providers, token);
      if (this.offers.some(({ exported, token: known }) => exported.module === owner && known === token))
        continue;
      if (provider) this.#readProvider({ owner, token, module }, provider);
      else if (nest.isModule(entry)) this.#readReExport(entry, declared, owner);
    }
  }

  #readReExport(entry: nest.ModuleLike, declared: nest.Declared, owner: string): void {
    const type = nest.classOf(entry);
    if (this.#listed.has(type)) return; // its exports are its own, whoever passes them on
    const imported =
      declared.imports.find((other) => other === entry || nest.classOf(other) === type) ?? entry;
    if (!this.isPart(imported, owner)) {
      const why = `${type.name} is infrastructure that every process builds for itself`;
      const exported = { module: owner, token: type.name, shape: 're-export', way: 'local', why } as const;
      this.offers.push({ exported, token: type });
    } else this.#readExports(imported, owner);
  }

  #readProvider(place: Place, provider: Provider, shape?: 'alias'): void {
    const add = (own: Exported['shape'], why?: { way: 'bound' | 'local'; why: string }): Exported => {
      const exported = {
        module: place.owner,
        token: nest.tokenName(place.token),
        shape: shape ?? own,
        ...(why ?? { way: 'seam' as const }),
      };
      const passedOn = typeof provider === 'object' && 'useExisting' in provider;
      this.offers.push({ exported, token: place.token, ...(passedOn ? {} : { provider }) });
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
      if (exported.way === 'local') return;
      if (!this.#byClass.has(type)) this.#byClass.set(type, exported);
      this.#recognised.set(key(place.owner, exported.token), this.#byClass.get(type) as Exported);
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
      if (this.#listed.has(type) || this.ownerOf(type) !== owner) continue;
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

  #claimFactory({ owner, module }: Place, provider: FactoryProvider, exported: Exported): void {
    const by = { module: owner, token: exported.token };
    const known = this.#factories.get(provider.useFactory);
    this.#recognised.set(key(owner, by.token), known ?? exported);
    if (known) return;
    this.#byClaim.set(key(owner, by.token), exported);
    const copy = claiming(provider, by);
    this.#factories.set(copy.useFactory, exported);
    nest.redeclare(module, (other) => (other === provider ? copy : other));
  }

  #claimValue({ owner }: Place, value: object, exported: Exported): void {
    claim(value, { module: owner, token: exported.token });
    const by = claimed(value);
    const known = by && by.module === owner ? this.#byClaim.get(key(owner, by.token)) : undefined;
    this.#recognised.set(key(owner, exported.token), known ?? exported);
    if (!known) this.#byClaim.set(key(owner, exported.token), exported);
  }
}

/** Where an export was found. */
interface Place {
  readonly owner: string;
  readonly token: nest.Token;
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
export function providing(providers: readonly Provider[], token: unknown): Provider | undefined {
  return providers.findLast((provider) => nest.tokenOf(provider) === token);
}

function note<K, V>(notes: Map<K, Set<V>>, about: K, name: V): void {
  const known = notes.get(about);
  if (known) known.add(name);
  else notes.set(about, new Set([name]));
}
