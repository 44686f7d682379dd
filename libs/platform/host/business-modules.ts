import type { DynamicModule, Type } from '@nestjs/common';
import { Bug } from '../seam/bug.js';
import { workName } from '../work/work.module.js';

/** A module as an app lists it: the class, or what its `forRoot` returned. */
export type ListedModule = Type | DynamicModule;

/** A business module with its name. */
export interface NamedModule {
  readonly name: string;
  readonly type: ListedModule;
}

/** Names the modules of a list: by `WorkModule.as('stock')` where they use it, else by their class (`StockModule`: stock). */
export function nameModules(listed: readonly ListedModule[]): NamedModule[] {
  return listed.map((type) => {
    const { name } = 'module' in type ? type.module : type;
    return { type, name: workName(type) ?? kebab(name.replace(/Module$/, '')) };
  });
}

/**
 * Refuses an app whose modules import a business module that it lists neither as here nor as elsewhere: it would be built
 * here as a part of its importer, without anybody having decided that.
 *
 * @throws Bug naming all of them
 */
export function refuseUnlisted(here: readonly NamedModule[], elsewhere: readonly NamedModule[]): void {
  const listed = new Set([...here, ...elsewhere].map((module) => module.name));
  const forgotten = here.flatMap(({ name, type }) =>
    importsOf(type)
      .map((imported) => workName(imported))
      .filter((other) => other !== undefined && !listed.has(other))
      .map((other) => `${name} imports ${other}`),
  );
  if (forgotten.length === 0) return;
  throw new Bug(`${forgotten.join(', ')}, which this app lists neither as here nor as elsewhere: list it.`);
}

/** The modules that a module imports; promises and forward references aside. */
function importsOf(type: ListedModule): ListedModule[] {
  const declared: unknown[] = Reflect.getMetadata('imports', 'module' in type ? type.module : type) ?? [];
  const inline: unknown[] = 'module' in type ? (type.imports ?? []) : [];
  return [...declared, ...inline].filter(
    (entry): entry is ListedModule =>
      typeof entry === 'function' || (typeof entry === 'object' && entry !== null && 'module' in entry),
  );
}

function kebab(words: string): string {
  return words.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
