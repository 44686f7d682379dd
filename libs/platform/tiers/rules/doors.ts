import { placeOf } from '../place.js';
import type { Import, SourceFile } from '../source-file.js';
import { eachImport } from './rule.js';

/**
 * A business module has one door, its contract; wiring (`*.module.ts`, apps, the test kit) may also take its Nest module.
 * The platform's rooms are entered by their names from outside. Nobody goes through a door of their own.
 */
export const doors = eachImport('doors', (file, imported) => {
  const { target, specifier } = imported;
  if (target === undefined) return undefined;
  const from = file.place;
  const to = placeOf(target);
  const same = from.floor === to.floor && from.module === to.module;
  if (same && specifier.startsWith('#') && to.module !== undefined && to.part !== 'module') {
    return {
      says: `imports ${specifier}, which is its own door.`,
      cure: 'import the file that you mean by its relative path.',
    };
  }
  if (same || from.spec) return undefined;
  if (to.floor === 'marketplace') return throughContract(file, imported);
  // The test kit is the platform's own: it starts, drains and looks at what no module may touch.
  const own = from.floor === 'platform' || from.floor === 'testing';
  if (to.floor !== 'platform' || own || specifier.startsWith('#')) return undefined;
  return {
    says: `reaches into the platform by ${specifier}.`,
    cure: `import it from '#platform/${to.module}'; what its index.ts does not export is not for you.`,
  };
});

function throughContract(
  file: SourceFile,
  { target, specifier }: Import,
): { says: string; cure: string } | undefined {
  const module = placeOf(target as string).module as string;
  if (!specifier.startsWith('#')) {
    return {
      says: `reaches into module ${module} by ${specifier}.`,
      cure: `import its contract, '#marketplace/${module}'; if that lacks what you need, extend the contract.`,
    };
  }
  const wires = file.place.part === 'module' || ['apps', 'testing'].includes(file.place.floor);
  if (!specifier.endsWith('/module') || wires) return undefined;
  return {
    says: `imports the Nest module of ${module}, which is for wiring only.`,
    cure: `import it in your *.module.ts, and here the class that you inject, from '#marketplace/${module}'.`,
  };
}
