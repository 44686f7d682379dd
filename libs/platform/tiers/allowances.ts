import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Violation } from './violation.js';

/** The file, at the root of the repository, that says what is allowed for a while and who may read the environment. */
export const ALLOWANCES = '.boundaries.json';

const Allowances = z.strictObject({
  /** Files, or folders ending in a slash, that may read `process.env`. */
  environment: z.array(z.strictObject({ path: z.string(), reason: z.string().min(10) })).default([]),
  /** Violations that stand for now. */
  exceptions: z
    .array(
      z.strictObject({
        rule: z.string(),
        file: z.string(),
        reason: z.string().min(10),
        /** The last day, `2027-03-31`: whoever still needs it then has to say so again. */
        until: z.iso.date(),
      }),
    )
    .default([]),
});
export type Allowances = z.output<typeof Allowances>;

/**
 * Reads the allowances of a repository; none when it has no such file.
 *
 * @throws Error when the file is not what it should be: an exception without a reason or a date is none
 */
export function readAllowances(root: string): Allowances {
  const file = join(root, ALLOWANCES);
  if (!existsSync(file)) return Allowances.parse({});
  const parsed = Allowances.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${ALLOWANCES} is not valid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Takes out what is allowed today, and reports exceptions that have expired or that nothing needs any more. */
export function withoutAllowed(
  found: readonly Violation[],
  { exceptions }: Allowances,
  today: Date,
): Violation[] {
  const day = today.toISOString().slice(0, 10);
  const used = new Set<number>();
  const left = found.filter((violation) => {
    const at = exceptions.findIndex((each) => each.rule === violation.rule && each.file === violation.file);
    if (at >= 0) used.add(at);
    return at < 0 || (exceptions[at]?.until ?? '') < day;
  });
  const stale = exceptions.flatMap((each, i) => {
    const what = `the exception for ${each.file} from rule "${each.rule}"`;
    if (!used.has(i)) return [complaint(`${what} allows nothing that is still there.`, 'remove it.')];
    if (each.until >= day) return [];
    return [
      complaint(
        `${what} expired on ${each.until} (${each.reason}).`,
        'mend the cause, or give it a new date and say why.',
      ),
    ];
  });
  return [...left, ...stale];
}

function complaint(says: string, cure: string): Violation {
  return { rule: 'exceptions', file: ALLOWANCES, says, cure };
}
