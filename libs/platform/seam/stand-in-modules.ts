import type { InjectionToken, Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { Coupling } from './couplings.js';
import { type ModuleMap, type Offer, providing } from './module-map.js';
import * as nest from './nest-metadata.js';

/** Tokens whose providers Nest applies to the whole application, whatever module declares them. */
const EVERYWHERE: readonly unknown[] = [APP_GUARD, APP_INTERCEPTOR, APP_PIPE, APP_FILTER];

/** What Nest is shown of a module that lives elsewhere. */
export interface StandInModule {
  readonly form: nest.ModuleLike;
  readonly lists: nest.Lists;
  /** Providers that are built here all the same, since what they do can't be asked from afar. */
  readonly kept: readonly Provider[];
}

/**
 * Makes what Nest is shown of a module that lives elsewhere, in each form in which the app meets it: stand-ins for what it
 * exports; no controllers, no middleware, no hooks, nothing that works by itself. What stays as it is:
 *
 * - infrastructure that it passes on (`TypeOrmModule`, `BullModule`), and imports that are global: others rely on them;
 * - exported guards, pipes and their like, and constants: they run and are read beside those who use them;
 * - its `APP_GUARD`, `APP_PIPE`, `APP_INTERCEPTOR` and `APP_FILTER`: they apply to this app's controllers too.
 */
export function standInModules(
  map: ModuleMap,
  name: string,
  standInFor: (offer: Offer) => object,
): StandInModule[] {
  const forms = new Set<nest.ModuleLike>();
  for (const form of map.formsOf(name)) forms.add(nest.classOf(form)).add(form);
  // What one form exports another may provide: a dynamic module adds to its class.
  const declared = [...forms].map(nest.declared);
  const all = {
    providers: declared.flatMap(({ providers }) => providers),
    imports: declared.flatMap(({ imports }) => imports),
  };
  return [...forms].map((form) => {
    const own = nest.listsOf(form);
    const made = exportsOf(map, name, { ...all, exports: own.exports.map(nest.unwrapped) }, standInFor);
    const parts = [...partsOf(map, name, form, own)];
    const kept = [...made.kept, ...appliedEverywhere(parts)];
    const isClass = !('module' in form);
    const lists = {
      // In place of an instance of its class, whose constructor needs what isn't here: so neither hooks nor middleware run.
      providers: [...(isClass ? [{ provide: form, useValue: {} }] : []), ...made.providers, ...kept],
      imports: [...new Set([...made.imports, ...stillNeeded(map, name, parts, kept)])],
      controllers: [],
      exports: made.exports,
    };
    return { form, lists, kept };
  });
}

interface Exports {
  readonly providers: Provider[];
  readonly kept: Provider[];
  readonly imports: nest.ModuleLike[];
  readonly exports: unknown[];
}

function exportsOf(
  map: ModuleMap,
  name: string,
  declared: Pick<nest.Declared, 'imports' | 'providers' | 'exports'>,
  standInFor: (offer: Offer) => object,
): Exports {
  const made: Exports = { providers: [], kept: [], imports: [], exports: [] };
  for (const entry of declared.exports) {
    const token = (entry as { provide?: nest.Token }).provide ?? (entry as nest.Token);
    const provider = providing(declared.providers, token);
    if (provider) {
      const offer = map.offer(name, token);
      made.exports.push(token);
      if (offer?.exported.way === 'local') made.kept.push(provider);
      else if (offer) made.providers.push({ provide: token as InjectionToken, useValue: standInFor(offer) });
    } else if (nest.isModule(entry)) {
      const type = nest.classOf(entry);
      const imported =
        declared.imports.find((other) => other === entry || nest.classOf(other) === type) ?? entry;
      if (map.isPart(imported, name)) add(made, exportsOf(map, name, nest.declared(imported), standInFor));
      else add(made, { providers: [], kept: [], imports: [imported], exports: [entry] });
    }
  }
  return made;
}

function add(to: Exports, more: Exports): void {
  to.providers.push(...more.providers);
  to.kept.push(...more.kept);
  to.imports.push(...more.imports);
  to.exports.push(...more.exports);
}

/** The parts that a module is made of, itself included: Nest modules that no other business module reaches. */
function* partsOf(
  map: ModuleMap,
  name: string,
  form: nest.ModuleLike,
  lists: nest.Lists = nest.declared(form) as nest.Lists,
  seen = new Set<nest.ModuleLike>(),
): Generator<nest.Lists> {
  if (seen.has(form)) return;
  seen.add(form);
  yield lists;
  for (const part of nest.importsIn(lists.imports)) {
    if (map.isPart(part, name)) yield* partsOf(map, name, part, undefined, seen);
  }
}

function appliedEverywhere(parts: Iterable<nest.Lists>): Provider[] {
  const all = [...parts].flatMap(({ providers }) => providers);
  const applied = all.filter(
    (provider) => typeof provider === 'object' && EVERYWHERE.includes(provider.provide),
  );
  const behind = applied.flatMap((provider) => {
    const target = 'useExisting' in provider ? providing(all, provider.useExisting) : undefined;
    return target === undefined ? [] : [target];
  });
  return [...applied, ...behind];
}

/**
 * Imports on which others may rely without naming them, listed modules (the app has them anyway) and global ones; and all
 * infrastructure where providers are kept that may need it.
 */
function stillNeeded(
  map: ModuleMap,
  name: string,
  parts: readonly nest.Lists[],
  kept: readonly Provider[],
): nest.ModuleLike[] {
  const needsMore = kept.some((provider) => typeof provider === 'function' || !('useValue' in provider));
  return parts
    .flatMap(({ imports }) => nest.importsIn(imports))
    .filter((imported) => !map.isPart(imported, name))
    .filter((imported) => needsMore || map.isListed(nest.classOf(imported)) || nest.isGlobal(imported));
}

/** The providers of a module and its parts that it keeps for itself. */
export function privateTokens(map: ModuleMap, name: string): Set<unknown> {
  const tokens = new Set<unknown>();
  for (const form of map.formsOf(name)) {
    for (const { providers } of partsOf(map, name, form)) {
      for (const provider of providers) tokens.add(nest.tokenOf(provider));
    }
  }
  for (const { exported, token } of map.offers) if (exported.module === name) tokens.delete(token);
  return tokens;
}

/** The couplings of what Nest applies to a whole application: it reaches the apps that list the module, and no other. */
export function everywhereIn(map: ModuleMap, modules: readonly { readonly name: string }[]): Coupling[] {
  return modules.flatMap(({ name }) => {
    const parts = [...map.formsOf(name)].flatMap((form) => [...partsOf(map, name, form)]);
    const tokens = new Set(
      appliedEverywhere(parts)
        .map(nest.tokenOf)
        .filter((token) => EVERYWHERE.includes(token)),
    );
    return [...tokens].map((token) => ({
      kind: 'everywhere' as const,
      module: name,
      what: String(token),
      callers: [],
      times: 0,
      cure: `List ${name} in every app that needs it, here or elsewhere: it runs in those and in no other.`,
    }));
  });
}
