import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * The installed packages that some packages need to run: their dependencies, and theirs in turn. A peer that may be missing
 * comes along when our own package.json asks for it: TypeORM's driver for Postgres does, its driver for Oracle does not.
 *
 * @param {string} root the folder of package.json and node_modules
 * @param {readonly string[]} names the packages to begin with
 * @returns {string[]} folders, relative to `root`
 * @throws {Error} when a package that must be there is not installed
 */
export function reachedPackages(root, names) {
  const ours = readPackage(root).dependencies ?? {};
  const folders = new Set();
  const open = names.map((name) => ({ name, from: root, needed: true }));
  for (const { name, from, needed } of open) {
    const folder = findPackage(root, name, from);
    if (!folder) {
      if (!needed) continue;
      throw new Error(
        `${relative(root, from) || 'The application'} needs ${name}, which is not installed: run npm ci.`,
      );
    }
    if (folders.has(relative(root, folder))) continue;
    folders.add(relative(root, folder));
    open.push(...needsOf(readPackage(folder), ours).map((need) => ({ ...need, from: folder })));
  }
  return [...folders].sort();
}

/** What a package needs by its own word. Types are needed by compilers only. */
function needsOf(manifest, ours) {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = manifest;
  const peers = Object.keys(peerDependencies).filter(
    (name) => !peerDependenciesMeta[name]?.optional || name in ours,
  );
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
    .filter((name) => !name.startsWith('@types/'))
    .map((name) => ({ name, needed: !(name in optionalDependencies) }));
}

/** Looks where Node looks: in the nearest node_modules first, up to the root. */
function findPackage(root, name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (folder === root) return undefined;
  }
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
