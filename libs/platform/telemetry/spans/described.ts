import { scrubText } from '../scrub.js';
import type { Outcome, SpanDetails } from './span.js';

/** Longest text of a span, in characters: what a reader needs to tell what it was. */
const LONGEST_OPERATION = 200;
const LONGEST_ERROR = 500;
const MOST_MORE = 16;

/** Operations whose clean form is remembered. They come from code, so there are hundreds; what comes from data goes unremembered. */
const MOST_REMEMBERED = 5_000;

/** Puts what a hop left into words that may be kept: no secrets, bounded, and nothing that a terminal or Postgres stumbles over. */
export class Described {
  readonly #operations = new Map<string, string>();

  operation(text: string): string {
    const known = this.#operations.get(text);
    if (known !== undefined) return known;
    const clean = cleaned(text, LONGEST_OPERATION);
    if (this.#operations.size < MOST_REMEMBERED) this.#operations.set(text, clean);
    return clean;
  }

  /** Which of the three kinds of "no" an error is. What can't be told is a fault. */
  outcome(error: unknown): Outcome {
    if (error === undefined) return 'ok';
    const { name, getStatus } = (error ?? {}) as { name?: unknown; getStatus?: unknown };
    if (name === 'Refusal') return 'refusal';
    if (name === 'Bug') return 'bug';
    return typeof getStatus === 'function' && Number(getStatus.call(error)) < 500 ? 'refusal' : 'fault';
  }

  /** Class and message. */
  error(error: unknown): string {
    const told = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
    return cleaned(told, LONGEST_ERROR);
  }

  details(details: SpanDetails | undefined): SpanDetails | undefined {
    if (details?.more === undefined) return details;
    const entries = Object.entries(details.more).slice(0, MOST_MORE);
    const more = entries.map(([name, value]) => [
      name,
      typeof value === 'string' ? cleaned(value, LONGEST_OPERATION) : value,
    ]);
    return { ...details, more: Object.fromEntries(more) };
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function cleaned(text: string, most: number): string {
  // Cut before the scrub, which takes its time with long texts, with room for a secret that the cut would halve.
  const short = scrubText(text.slice(0, most * 2)).replace(CONTROL, ' ');
  return short.length > most ? `${short.slice(0, most - 1)}…` : short;
}
