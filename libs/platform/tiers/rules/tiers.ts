import { placeOf, type Tier } from '../place.js';
import type { Import, SourceFile } from '../source-file.js';
import type { SourceTree } from '../source-tree.js';
import type { Violation } from '../violation.js';
import type { Rule } from './rule.js';

/** Who may call whom inside a module. Listeners stand beside the edge: the queue is their way in. */
const CALLS: Readonly<Record<Tier, readonly Tier[]>> = {
  edge: ['edge', 'process', 'data'],
  process: ['process', 'data', 'gateway'],
  data: ['data'],
  gateway: ['gateway'],
  listeners: ['listeners', 'process', 'data', 'gateway'],
};

/** Tiers that may call another module. A listener runs inside a transaction, which never crosses a seam. */
const CALL_OTHERS: readonly Tier[] = ['edge', 'process'];

/** edge → process → data, gateway only from process or a listener; between modules only edges and processes call. */
export const tiers: Rule = (tree) => {
  const apis = exportedApis(tree);
  return tree.files.flatMap((file) => {
    if (file.place.floor !== 'marketplace' || file.place.spec) return [];
    return file.imports.flatMap((imported) => {
      const verdict = inside(file, imported) ?? across(file, imported, apis);
      return verdict ? [{ rule: 'tiers', file: file.path, line: imported.line, ...verdict }] : [];
    });
  });
};

type Verdict = Pick<Violation, 'says' | 'cure'>;

function inside({ place }: SourceFile, { target, specifier, typeOnly }: Import): Verdict | undefined {
  const to = target === undefined ? undefined : placeOf(target);
  if (typeOnly || to?.tier === undefined || to.floor !== 'marketplace' || to.module !== place.module)
    return undefined;
  if (place.part === 'module') return undefined; // wiring knows everything
  if (place.tier === undefined) {
    return {
      says: `claims no tier and imports ${specifier} of the ${to.tier} tier.`,
      cure: 'name the file after its tier (*.process.ts, *.data.ts, ...), or take the types only (`import type`).',
    };
  }
  if (CALLS[place.tier].includes(to.tier)) return undefined;
  return {
    says: `is of the ${place.tier} tier and imports ${specifier} of the ${to.tier} tier.`,
    cure:
      to.tier === 'gateway'
        ? 'let a *.process.ts call the gateway, or publish an event and call it from an outside listener.'
        : `${place.tier} may call ${CALLS[place.tier].join(', ')}: turn the call round, or put a *.process.ts above both.`,
  };
}

function across(
  { place }: SourceFile,
  { target, names }: Import,
  apis: ReadonlyMap<string, string>,
): Verdict | undefined {
  const to = target === undefined ? undefined : placeOf(target);
  if (to?.floor !== 'marketplace' || to.module === place.module || to.part !== 'contract') return undefined;
  const called = names.find((name) => apis.get(name) === to.module);
  if (called === undefined || place.part !== undefined) return undefined;
  if (place.tier !== undefined && CALL_OTHERS.includes(place.tier)) return undefined;
  return {
    says: `${place.tier === undefined ? 'claims no tier' : `is of the ${place.tier} tier`} and takes ${called} of module ${to.module}.`,
    cure: 'only an edge or a process calls another module: ask there and pass the answer on, or hear an event.',
  };
}

/** The classes by which modules are called: declared in `contract/`, each with its module. */
function exportedApis({ files }: SourceTree): Map<string, string> {
  const apis = new Map<string, string>();
  for (const { place, classes } of files) {
    if (place.floor !== 'marketplace' || place.part !== 'contract' || place.module === undefined) continue;
    for (const { name } of classes) apis.set(name, place.module);
  }
  return apis;
}
