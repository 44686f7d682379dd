import { placeOf } from '../place.js';
import type { SourceTree } from '../source-tree.js';
import type { Violation } from '../violation.js';
import type { Rule } from './rule.js';

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly file: string;
  readonly line: number;
}

/** Modules that import each other can't be placed apart, and Nest would need forwardRef; contracts likewise. */
export const cycles: Rule = (tree) => [
  ...report(
    edges(tree, 'module'),
    'Nest modules',
    'let one of them hear events of the other instead of calling it, or move what both need below both.',
  ),
  ...report(
    edges(tree, 'contract'),
    'contracts',
    'declare the shared shape in the module that owns it, and import it in one direction.',
  ),
];

function edges({ files }: SourceTree, part: 'module' | 'contract'): Edge[] {
  const found: Edge[] = [];
  for (const { path, place, imports } of files) {
    if (place.floor !== 'marketplace' || place.part !== part || place.spec || place.module === undefined)
      continue;
    for (const { target, line } of imports) {
      const to = target === undefined ? undefined : placeOf(target);
      if (
        to?.floor !== 'marketplace' ||
        to.part !== part ||
        to.module === undefined ||
        to.module === place.module
      )
        continue;
      found.push({ from: place.module, to: to.module, file: path, line });
    }
  }
  return found;
}

/** Every edge that lies on a cycle, with the shortest way round: removing any of them may break it. */
function report(all: readonly Edge[], what: string, cure: string): Violation[] {
  return all.flatMap((edge) => {
    const way = shortestWay(all, edge.to, edge.from);
    if (!way) return [];
    const says = `closes a cycle of ${what}: ${[edge.from, ...way].join(' → ')}.`;
    return [{ rule: 'cycles', file: edge.file, line: edge.line, says, cure }];
  });
}

function shortestWay(all: readonly Edge[], from: string, to: string): string[] | undefined {
  const seen = new Set([from]);
  let ways = [[from]];
  while (ways.length > 0) {
    const arrived = ways.find((way) => way.at(-1) === to);
    if (arrived) return arrived;
    ways = ways.flatMap((way) =>
      all
        .filter((edge) => edge.from === way.at(-1) && !seen.has(edge.to))
        .map((edge) => {
          seen.add(edge.to);
          return [...way, edge.to];
        }),
    );
  }
  return undefined;
}
