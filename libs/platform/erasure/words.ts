import { ERASED } from '../events/personal.js';

/** So short or so plain that others are meant by it too: a first name, a house number. Looked for only where the subject is spoken of. */
const TELLING_LENGTH = 8;
/** Values that are looked for at once. */
export const MOST_WORDS = 500;

/** What stood in the fields of a subject, and is looked for as whole words, whatever their case. */
export class Words {
  private readonly forms: readonly string[];
  private readonly exact: RegExp;

  /** @param values as they stood there */
  constructor(values: Iterable<string>) {
    const words = [...new Set(values)].filter((value) => value.trim() !== '');
    // Inside a text that is JSON itself they stand as JSON writes them.
    const forms = words.flatMap((word) => [word, JSON.stringify(word).slice(1, -1)]);
    this.forms = [...new Set(forms)].sort((a, b) => b.length - a.length);
    const quoted = this.forms.map(quotedInScript).join('|') || '(?!)';
    this.exact = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${quoted})(?![\\p{L}\\p{N}_])`, 'giu');
  }

  get none(): boolean {
    return this.forms.length === 0;
  }

  /** For Postgres: exactly these words; without any it matches nothing. */
  get pattern(): string {
    if (this.none) return '(?!)';
    return `(?<!\\w)(?:${this.forms.map(quotedInPostgres).join('|')})(?!\\w)`;
  }

  /** For Postgres, and much cheaper: more than these words, in whatever way they are written as JSON. */
  get hint(): string {
    const pieces = this.forms.map(
      (form) => form.split(/[^\p{L}\p{N}]+/u).sort((a, b) => b.length - a.length)[0] ?? '',
    );
    return pieces.length === 0 ? '(?!)' : [...new Set(pieces)].join('|');
  }

  /** A text without them. */
  without(text: string): string {
    return text.replace(this.exact, ERASED);
  }

  /** Plain data without them, in values at any depth. */
  withoutIn(value: unknown): unknown {
    if (typeof value === 'string') return this.without(value);
    if (typeof value === 'number') {
      const text = String(value);
      return this.without(text) === text ? value : ERASED;
    }
    if (Array.isArray(value)) return value.map((each) => this.withoutIn(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.withoutIn(each)]));
  }
}

/** What speaks of nobody else: long enough, or an address. */
export function tellsByItself(value: string): boolean {
  return value.trim().length >= TELLING_LENGTH || /\S@\S/.test(value);
}

/** What is looked for where the subject is spoken of: all but single characters, and numbers below a thousand, which count something else. */
export function tellsInContext(value: string): boolean {
  const text = value.trim();
  return /^[\d.]+$/.test(text) ? text.length >= 4 : text.length >= 2;
}

function quotedInPostgres(word: string): string {
  return word.replace(/[^\p{L}\p{N}\s]/gu, '\\$&');
}

/** No more than has a meaning: with the flag `u` a backslash before a hyphen is an error. */
function quotedInScript(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
