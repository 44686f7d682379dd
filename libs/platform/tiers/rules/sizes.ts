import type { Rule } from './rule.js';

/** Lines that fit one sitting; the median should be below a hundred. */
const FILE = 400;
/** Lines that can be seen at once. */
const FUNCTION = 70;

/** Files and functions that nobody can read at once hide what they do. */
export const sizes: Rule = ({ files }) =>
  files.flatMap(({ path, lines, functions }) => [
    ...(lines > FILE
      ? [
          {
            rule: 'sizes',
            file: path,
            says: `has ${lines} lines (at most ${FILE}).`,
            cure: 'split it by what changes together; a file that outgrows its room becomes a folder of the same name.',
          },
        ]
      : []),
    ...functions
      .filter((each) => each.lines > FUNCTION)
      .map((each) => ({
        rule: 'sizes',
        file: path,
        line: each.line,
        says: `${each.name} has ${each.lines} lines (at most ${FUNCTION}).`,
        cure: 'give its steps names of their own.',
      })),
  ]);
