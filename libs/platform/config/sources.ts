import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { secretNames, settingNames } from './schema.js';

/** The text of a setting and where it comes from, in words for people. */
export interface Found {
  readonly text: string;
  readonly from: string;
}

/** Texts by name, as an environment has them. */
export type Texts = Readonly<Record<string, string | undefined>>;

/** Reads a file in the form of `.env`; a missing one is empty. */
export function readEnvFile(file: string): Texts {
  if (file === '') return {};
  const text = readOptional(file);
  return text === undefined ? {} : parseEnv(text);
}

/**
 * Takes what is set from one source, and follows `<NAME>_FILE`.
 *
 * @param problems gets one sentence for each thing that is wrong.
 */
export function take(source: Texts, from: string, problems: string[]): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const name of settingNames) {
    const text = source[name];
    if (text) found.set(name, { text, from });
  }
  for (const name of secretNames) {
    const file = source[`${name}_FILE`];
    if (!file) continue;
    if (found.has(name)) problems.push(`${name} and ${name}_FILE are both set in ${from}: remove one`);
    const text = readOptional(file)?.trim();
    if (text === undefined)
      problems.push(`${name}_FILE in ${from} names ${file}, which does not exist or may not be read`);
    else if (text === '') problems.push(`${name}_FILE in ${from} names ${file}, which is empty`);
    else found.set(name, { text, from: file });
  }
  return found;
}

/** Names in a file that are no settings of ours, each with the one that may have been meant. */
export function unknownNames(source: Texts, from: string): string[] {
  const known = [...settingNames, ...secretNames.map((name) => `${name}_FILE`)];
  return Object.keys(source)
    .filter((name) => !known.includes(name))
    .map((name) => `unknown setting ${name} in ${from}${suggestion(name, known)}`);
}

function suggestion(name: string, known: readonly string[]): string {
  const distances = known.map((each) => ({ each, distance: editDistance(name.toUpperCase(), each) }));
  const nearest = distances.reduce((best, next) => (next.distance < best.distance ? next : best));
  return nearest.distance <= Math.max(2, name.length / 3) ? `, did you mean ${nearest.each}?` : '';
}

/** Levenshtein's distance: how many letters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replace = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replace, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}
