import { placeOf } from '../place.js';
import type { SourceFile } from '../source-file.js';
import { eachImport } from './rule.js';

/** Packages without effects, and the platform's words for saying no. */
const FOR_CONTRACTS = /^(zod|#platform\/(events|seam)|#marketplace\/[^/]+)$/;
const FOR_RULES = /^(zod|#platform\/(events|seam)|#marketplace\/[^/]+|node:(assert|assert\/strict|util))$/;

/** A contract is plain data that any caller, near or far, can hold. */
export const contracts = eachImport('contracts', (file, { specifier, target }) => {
  if (file.place.part !== 'contract' || file.place.spec) return undefined;
  const inside = specifier.startsWith('.') && isIn(file, target, 'contract');
  if (inside || FOR_CONTRACTS.test(specifier)) return undefined;
  return {
    says: `is part of a contract and imports ${specifier}.`,
    cure: 'a contract imports only zod, #platform/events, #platform/seam and other contracts: declare the shape here, and let the module import it from here.',
  };
});

/** Decisions are pure: no Nest, no clock of others, no tables, no network; so they are tested by calling them. */
export const purity = eachImport('purity', (file, { specifier, target, typeOnly }) => {
  if (file.place.part !== 'rules' || file.place.spec || typeOnly) return undefined;
  const inside =
    specifier.startsWith('.') &&
    (isIn(file, target, 'contract') || isIn(file, target, 'rules') || isPlain(target));
  if (inside || FOR_RULES.test(specifier)) return undefined;
  return {
    says: `decides (*.rules.ts) and imports ${specifier}.`,
    cure: 'pass what it needs as arguments and return what is to be done; the caller reads and writes.',
  };
});

function isIn(file: SourceFile, target: string | undefined, part: string): boolean {
  const to = target === undefined ? undefined : placeOf(target);
  return to?.module === file.place.module && to?.part === part;
}

/** A file of the module that claims no tier and no part: a shape, a table of constants. Its own imports are judged as it is. */
function isPlain(target: string | undefined): boolean {
  const to = target === undefined ? undefined : placeOf(target);
  return to !== undefined && to.tier === undefined && to.part === undefined;
}
