import { z } from 'zod';
import { durationOf, LEVEL_VALUES, momentOf, traceIdOf } from '../../questions/index.js';

/** What an answer about conversations reads at most: an app that also serves customers makes it, not a command of its own. */
export const MOST_SPANS = 20_000;

/** A word that `reading` understands, as what it makes of it. */
function word<T>(reading: (words: string) => T | undefined, otherwise: string) {
  return z.string({ error: otherwise }).transform((words, context) => {
    const value = reading(words);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: otherwise });
    return z.NEVER;
  });
}

/** Postgres knows no NUL in texts. */
const text = z
  .string({ error: 'must be given once' })
  .min(1, { error: 'must not be empty' })
  .max(200, { error: 'must have at most 200 characters' })
  .regex(/^[^\0]*$/, { error: 'must hold no NUL' });

function upTo(most: number, usual: number) {
  const error = `must be a whole number from 1 to ${most}`;
  return word((words) => {
    const count = /^\d{1,6}$/.test(words) ? Number(words) : 0;
    return count >= 1 && count <= most ? count : undefined;
  }, error).prefault(String(usual));
}

const since = word(durationOf, 'must be a time such as 30s, 10m, 2h or 3d')
  .prefault('1h')
  .transform((ms) => ms / 1_000);
const trace = word(traceIdOf, 'must have 32 hex digits; it stands in x-trace-id');
const moment = word(momentOf, 'must be a time ago (10m, 2h) or a moment (2026-11-26T08:00:00Z)');

/** What each question may be asked with; a word that none of them knows is refused, since it would change nothing. */
export const ASKED = {
  trace,
  window: z.strictObject({ since }),
  slow: z.strictObject({ since, entry: text.optional(), limit: upTo(100, 5) }),
  behaviors: z.strictObject({
    since,
    entry: text.optional(),
    new: z.stringbool({ error: 'must be true or false' }).prefault('false'),
  }),
  logs: z.strictObject({
    trace: trace.optional(),
    module: text.optional(),
    app: text.optional(),
    level: word((words) => LEVEL_VALUES[words], `must be ${Object.keys(LEVEL_VALUES).join(', ')}`).optional(),
    text: text.optional(),
    since: moment.optional(),
    until: moment.optional(),
    limit: upTo(1_000, 200),
  }),
} as const;

/** What was asked, by question. */
export type Asked = { readonly [Question in keyof typeof ASKED]: z.output<(typeof ASKED)[Question]> };
