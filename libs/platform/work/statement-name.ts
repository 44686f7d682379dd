import { createHash } from 'node:crypto';

const MOST_STATEMENTS = 5_000;
const byModule = new Map<string, Map<string, { readonly name: string }>>();
let known = 0;

/**
 * Postgres prepares a statement once per connection under this name. A plan of a table with row level security holds for one
 * role: with names that modules share, Postgres plans anew whenever a connection has changed modules. Texts are constants; for
 * callers who build theirs, there is a bound, beyond which statements are not prepared.
 */
export function statementName(module: string, sql: string): { readonly name?: string } {
  // Not one map by module and text together: the hash of a constant is known, that of a text made for the look-up is not.
  const names = byModule.get(module) ?? new Map<string, { readonly name: string }>();
  if (names.size === 0) byModule.set(module, names);
  const found = names.get(sql);
  if (found || known >= MOST_STATEMENTS) return found ?? {};
  const made = { name: createHash('sha1').update(`${module} ${sql}`).digest('base64url') };
  names.set(sql, made);
  known++;
  return made;
}
