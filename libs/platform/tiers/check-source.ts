import { readAllowances, withoutAllowed } from './allowances.js';
import { cycles } from './rules/cycles.js';
import { doors } from './rules/doors.js';
import { environment } from './rules/environment.js';
import { floors } from './rules/floors.js';
import { names } from './rules/names.js';
import { contracts, purity } from './rules/purity.js';
import type { Rule } from './rules/rule.js';
import { sizes } from './rules/sizes.js';
import { storage } from './rules/storage.js';
import { tiers } from './rules/tiers.js';
import { readSourceTree, type SourceTree } from './source-tree.js';
import type { Violation } from './violation.js';

/** What the source rules found. */
export interface SourceReport {
  /** All at once, by file and line. */
  readonly violations: readonly Violation[];
  /** Files that were read. */
  readonly files: number;
}

/**
 * Holds the source of a repository against the rules of the house.
 *
 * @param root the folder that holds `apps/`, `libs/` and `migrations/`
 * @param today decides which exceptions have expired
 * @throws Error when a file can't be parsed, or the file of exceptions is not valid
 */
export function checkSource(root: string, today: Date = new Date()): SourceReport {
  const tree: SourceTree = readSourceTree(root);
  const allowances = readAllowances(root);
  const rules: Rule[] = [floors, doors, cycles, tiers, storage, contracts, purity, sizes, names];
  rules.push(environment(allowances.environment));
  const found = rules.flatMap((rule) => rule(tree));
  const violations = withoutAllowed(found, allowances, today).sort(
    (a, b) => a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
  return { violations, files: tree.files.length };
}
