import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSource, type SourceFile } from './source-file.js';

/** All source of a repository that the rules look at. */
export interface SourceTree {
  readonly files: readonly SourceFile[];
  /** Folders with source, from the root, with slashes. */
  readonly folders: readonly string[];
}

const ROOTS = ['apps', 'libs', 'migrations'];
/** Not ours to judge, or not written by hand; `web` is browser code, which has a build and rules of its own. */
const SKIPPED = new Set(['node_modules', 'dist', 'web']);

/**
 * Reads the TypeScript of `apps/`, `libs/` and `migrations/` under a folder (about 3 ms a file).
 *
 * @throws Error naming the file when one can't be parsed
 */
export function readSourceTree(root: string): SourceTree {
  const files: SourceFile[] = [];
  const folders: string[] = [];
  const enter = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) {
        folders.push(path);
        enter(path);
      } else if (entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')) {
        files.push(readSource(path, readFileSync(join(root, path), 'utf8')));
      }
    }
  };
  const present = new Set(readdirSync(root));
  for (const folder of ROOTS) if (present.has(folder)) enter(folder);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, folders: folders.sort() };
}
