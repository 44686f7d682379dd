import { z } from 'zod';

/** NUL and lone halves of a surrogate pair: JSON and JavaScript carry them, Postgres' `text` and `jsonb` refuse them. */
const storable = (value: string) => !value.includes('\0') && !/\p{Surrogate}/u.test(value);

/**
 * Text as it comes from outside: what Postgres can't store is the caller's mistake (400), not a failure of ours (500).
 *
 * @param longest most UTF-16 units
 * @returns a string schema that can be narrowed further: `text(200).min(1)`
 */
export function text(longest: number): z.ZodString {
  return z.string().max(longest).refine(storable, {
    message: 'Expected text without NUL (U+0000) and without half a surrogate pair (U+D800 to U+DFFF)',
  });
}

/** The id that a caller gives a business transaction: tid, instanceId, and the versions that are tids. */
export const Tid = text(200).min(1);

/** The id of a row: Postgres' `integer`, so nothing larger comes in. */
export const Id = z.int32().positive();

/** An {@link Id} in the path of a URL, where it comes as text. */
export const PathId = z.coerce.number().int().min(1).max(2_147_483_647);

/**
 * SQL that puts a `timestamptz` into the words of contracts, under its own name: ISO 8601 in UTC, to the millisecond.
 *
 * @param column a constant of the code
 */
export const isoColumn = (column: string) =>
  `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${column}`;
