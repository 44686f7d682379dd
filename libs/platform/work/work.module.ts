import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { Bug } from '../seam/bug.js';
import { UnitOfWork } from './unit-of-work.js';
import { UnitsOfWork } from './units-of-work.js';

const NAME = /^[a-z][a-z0-9_]*$/;

/** What {@link WorkModule.as} leaves on its dynamic module, for the host to read. */
export interface NamedWork extends DynamicModule {
  readonly works: string;
}

/**
 * Gives a module its unit of work: `imports: [WorkModule.as('stock')]` makes `UnitOfWork`, injected into that module's
 * providers, work under the Postgres role `banyan_stock`. It is also how a module tells the platform its name.
 */
@Module({})
export class WorkModule {
  /**
   * @param module the module's name: lower case; its Postgres schema bears it, its role is `banyan_<module>`
   */
  static as(module: string): NamedWork {
    if (!NAME.test(module))
      throw new Bug(`"${module}" can't be a module's name: use lower-case letters, like "stock".`);
    return {
      module: WorkModule,
      works: module,
      providers: [
        { provide: UnitOfWork, useFactory: (units: UnitsOfWork) => units.of(module), inject: [UnitsOfWork] },
      ],
      exports: [UnitOfWork],
    };
  }
}

/** The name that a module class gave itself by {@link WorkModule.as}, if it did. */
export function workName(type: Type | DynamicModule): string | undefined {
  const inline = 'module' in type ? (type.imports ?? []) : [];
  const declared: unknown[] = Reflect.getMetadata('imports', 'module' in type ? type.module : type) ?? [];
  return [...inline, ...declared]
    .map((entry) => (entry as Partial<NamedWork>)?.works)
    .find((name) => name !== undefined);
}
