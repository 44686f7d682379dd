import type { SourceFile } from '../source-file.js';
import type { SourceTree } from '../source-tree.js';
import type { Violation } from '../violation.js';

/** One rule of the house: everything in the tree that breaks it. */
export type Rule = (tree: SourceTree) => Violation[];

/** A rule that can be decided file by file, import by import. */
export function eachImport(
  name: string,
  judge: (
    file: SourceFile,
    imported: SourceFile['imports'][number],
  ) => { says: string; cure: string } | undefined,
): Rule {
  return ({ files }) =>
    files.flatMap((file) =>
      file.imports.flatMap((imported) => {
        const verdict = judge(file, imported);
        return verdict ? [{ rule: name, file: file.path, line: imported.line, ...verdict }] : [];
      }),
    );
}
