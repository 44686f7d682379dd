/** One place in the source that breaks a rule. */
export interface Violation {
  /** The rule's name; exceptions name it too. */
  readonly rule: string;
  /** Path from the root of the repository, with slashes. */
  readonly file: string;
  /** Line, from 1; undefined when the whole file or folder is meant. */
  readonly line?: number;
  /** What stands there and why it must not. */
  readonly says: string;
  /** What to do instead. */
  readonly cure: string;
}

/** Violations as a person reads them: one paragraph each, the place first so that terminals make it a link. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations
    .map(
      ({ rule, file, line, says, cure }) =>
        `${file}${line ? `:${line}` : ''}  ${rule}\n  ${says}\n  Cure: ${cure}`,
    )
    .join('\n\n');
}
