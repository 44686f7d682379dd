import type { DynamicModule, Type } from '@nestjs/common';
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

function kebab(words: string): string {
  return words.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
