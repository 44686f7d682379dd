import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { type Place, placeOf } from './place.js';
import { isFunction, type Node, nameOf, walk } from './syntax.js';

/** One `import ... from`, `export ... from` or `import()` of a file. */
export interface Import {
  /** As written: `#platform/work`, `./stock.data.js`, `typeorm`. */
  readonly specifier: string;
  /** Path of the file of this repository that it means, from the root; undefined for packages. */
  readonly target?: string;
  /** Names taken of what exists while running (no types); `default`, `*` for everything. */
  readonly names: readonly string[];
  /** It takes types only: nothing of it exists while running. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** A function and how long it is. */
export interface FunctionSize {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** What the rules need to know of one file. */
export interface SourceFile {
  readonly path: string;
  readonly place: Place;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSize[];
  /** Lines that read the environment. */
  readonly environment: readonly number[];
  /** Classes declared here, with the names of what they implement. */
  readonly classes: readonly { readonly name: string; readonly implements: readonly string[] }[];
}

/**
 * Reads a file of TypeScript.
 *
 * @throws Error naming the file when it is not TypeScript
 */
export function readSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  const [error] = parsed.errors;
  if (error) throw new Error(`${path} can't be parsed: ${error.message}`);
  const lineAt = lineFinder(text);
  const functions: FunctionSize[] = [];
  const environment: number[] = [];
  const classes: { name: string; implements: string[] }[] = [];
  walk(parsed.program as unknown as Node, (node, parents) => {
    if (isFunction(node) && !isSuite(parents.at(-1))) {
      const line = lineAt(node.start);
      functions.push({ name: nameOf(node, parents), line, lines: lineAt(node.end) - line + 1 });
    }
    if (readsEnvironment(node)) environment.push(lineAt(node.start));
    if (node.type === 'ClassDeclaration') classes.push(declaredClass(node));
  });
  const imports = importsOf(path, text, parsed.module, lineAt);
  return { path, place: placeOf(path), lines: lineAt(text.length), imports, functions, environment, classes };
}

type Parsed = ReturnType<typeof parseSync>['module'];

function importsOf(path: string, text: string, module: Parsed, lineAt: (offset: number) => number): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, names: string[], typeOnly: boolean, offset: number) =>
    found.push({ specifier, target: resolve(path, specifier), names, typeOnly, line: lineAt(offset) });
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const values = entries.filter((entry) => !entry.isType).map(({ importName }) => importName);
    const names = values.map(({ kind, name }) => name ?? (kind === 'Default' ? 'default' : '*'));
    add(moduleRequest.value, names, entries.length > 0 && names.length === 0, start);
  }
  for (const { entries, start } of module.staticExports) {
    const from = entries.find((entry) => entry.moduleRequest)?.moduleRequest;
    if (!from) continue;
    const names = entries.filter((entry) => !entry.isType).map(({ importName }) => importName.name ?? '*');
    add(from.value, names, names.length === 0, start);
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const written = text.slice(moduleRequest.start, moduleRequest.end);
    const literal = /^(['"`])([^$]*)\1$/s.exec(written); // anything else is computed: nobody can tell what it means
    if (literal) add(literal[2] as string, ['*'], false, start);
  }
  return found;
}

/** The file of this repository that a specifier means, by the `imports` of package.json and its conventions. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    return posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\.js$/, '.ts');
  }
  if (specifier === '#testing') return 'libs/testing/index.ts';
  const [root, name, door] = specifier.split('/');
  if (root === '#platform') return `libs/platform/${name}/index.ts`;
  if (root !== '#marketplace') return undefined;
  return door === 'module'
    ? `libs/marketplace/${name}/${name}.module.ts`
    : `libs/marketplace/${name}/contract/index.ts`;
}

/** `process.env`, `process['env']`, `const { env } = process`, `import { env } from 'node:process'`. */
function readsEnvironment(node: Node): boolean {
  const isProcess = (other: unknown) =>
    (other as Node | null)?.type === 'Identifier' && (other as Node)['name'] === 'process';
  if (node.type === 'MemberExpression') {
    const property = node['property'] as Node;
    return isProcess(node['object']) && (property['name'] === 'env' || property['value'] === 'env');
  }
  if (node.type === 'VariableDeclarator') {
    const id = node['id'] as Node;
    return (
      isProcess(node['init']) && id.type === 'ObjectPattern' && JSON.stringify(id).includes('"name":"env"')
    );
  }
  if (
    node.type !== 'ImportDeclaration' ||
    !/^(node:)?process$/.test(String((node['source'] as Node)['value']))
  )
    return false;
  return (node['specifiers'] as Node[]).some(
    (each) => (each['imported'] as Node | undefined)?.['name'] === 'env',
  );
}

function declaredClass(node: Node): { name: string; implements: string[] } {
  const name = ((node['id'] as Node | null)?.['name'] as string | undefined) ?? '(anonymous)';
  const contracts = (node['implements'] as Node[] | undefined) ?? [];
  return { name, implements: contracts.map((each) => String((each['expression'] as Node)['name'])) };
}

/** The body of a `describe` is a list of tests, not a function to be read at once. */
function isSuite(parent: Node | undefined): boolean {
  if (parent?.type !== 'CallExpression') return false;
  let callee = parent['callee'] as Node;
  while (callee.type !== 'Identifier') {
    const inner = (callee['object'] ?? callee['callee'] ?? callee['tag']) as Node | undefined;
    if (!inner) return false;
    callee = inner;
  }
  return callee['name'] === 'describe';
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
