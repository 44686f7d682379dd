import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { type Patch, PatchDoesNotApply, patched } from './patch.js';

/** A temporary copy of the compiled code, in which source files may be changed: the code under test itself never is. */
export class Build {
  private constructor(readonly folder: string) {}

  /**
   * Copies what is compiled, and compiles anew the source files that the patches change.
   *
   * @param into the folder for copies
   * @throws PatchDoesNotApply when a patch does not fit its file, or the file is not compiled
   */
  static make(into: string, patches: readonly Patch[]): Build {
    const texts = new Map<string, string>();
    for (const [file, changes] of byFile(patches)) {
      texts.set(file, patched(file, readFileSync(join(ROOT, file), 'utf8'), changes));
    }
    const folder = mkdtempSync(join(into, 'build-'));
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    cpSync(join(ROOT, 'migrations'), join(folder, 'migrations'), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts'),
    });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const build = new Build(folder);
    for (const [file, text] of texts) {
      if (!existsSync(build.compiled(file)))
        throw new PatchDoesNotApply(`${file} is not among what is compiled: run npm run build.`);
      writeFileSync(build.compiled(file), compiled(file, text));
    }
    return build;
  }

  /** A compiled file of the copy, by the source's path. */
  compiled(file: string): string {
    return join(this.folder, 'dist', file.replace(/\.ts$/, '.js'));
  }

  /** Adds a migration that only this copy has. */
  addMigration(name: string, sql: string): void {
    writeFileSync(join(this.folder, 'migrations', name), sql);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The root of the project, seen from the sources as well as from the compiled code. */
export const ROOT = rootAbove(import.meta.dirname);

/** Makes a folder for everything that a run leaves. */
export function makeScratch(): string {
  return mkdtempSync(join(tmpdir(), 'banyan-faults-'));
}

/** All source files of the compiled code below a folder of the project. */
export function sourcesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function byFile(patches: readonly Patch[]): Map<string, Patch[]> {
  const files = new Map<string, Patch[]>();
  for (const patch of patches) files.set(patch.file, [...(files.get(patch.file) ?? []), patch]);
  return files;
}

function compiled(file: string, text: string): string {
  const options = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2023,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    isolatedModules: true,
  };
  return ts.transpileModule(text, { fileName: file, compilerOptions: options }).outputText;
}

function rootAbove(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`No package.json above ${from}.`);
  }
}
