import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';

/** Read by people only: the schema that the migrations result in. */
const NOT_READ = new Set(['migrations/schema.sql']);

/** What never runs, wherever it lies: sources of what is compiled already, and documentation. */
const NOT_RUN = /\.(?:[cm]?tsx?|md)$/;

/**
 * Follows the imports of a compiled application from its main file, and so finds everything of ours that it can load.
 *
 * Node itself resolves each import, so that `#platform/…` means here what it means at run time.
 *
 * @param {string} root the folder of package.json, with the compiled code in dist/
 * @param {string} main the compiled main file, relative to `root`
 * @returns {{ files: string[], packages: string[] }} our files, relative to `root`, and the names of the packages that they import
 * @throws {Error} when an import can't be followed, because its name is computed at run time
 */
export function reachedCode(root, main) {
  const files = new Set();
  const packages = new Set();
  const open = [join(root, main)];
  for (const file of open) {
    if (files.has(relative(root, file))) continue;
    files.add(relative(root, file));
    if (existsSync(`${file}.map`)) files.add(relative(root, `${file}.map`));
    if (extname(file) !== '.js') continue;
    const { resolve } = createRequire(file);
    for (const name of importsOf(file)) {
      if (/^[.#]/.test(name)) open.push(resolve(name));
      else if (!isBuiltin(name)) packages.add(packageOf(name));
    }
  }
  for (const folder of new Set([...files].map((file) => dirname(file)))) {
    for (const asset of assetsBeside(root, relative('dist', folder))) files.add(asset);
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

/** The names that a file imports or re-exports, also those of `import('…')`. */
function importsOf(file) {
  const code = readFileSync(file, 'utf8');
  const { module, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0].message}`);
  return [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap((each) => each.moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => {
      const literal = /^(['"])([^'"\\]+)\1$/.exec(code.slice(start, end));
      if (literal) return literal[2];
      throw new Error(
        `${file} imports what it computes at run time (${code.slice(start, end)}), so nobody can tell what its image must hold: import a literal name.`,
      );
    }),
  ];
}

/**
 * What the code of a source folder reads from disk and the compiler leaves where it is: SQL beside it, pages in a folder
 * without code.
 */
function assetsBeside(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasCode(join(root, path)) ? [] : assetsBeside(root, path);
    return NOT_RUN.test(entry.name) || NOT_READ.has(path) ? [] : [path];
  });
}

function hasCode(folder) {
  return readdirSync(folder, { recursive: true }).some((name) => name.endsWith('.ts'));
}

function packageOf(name) {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
