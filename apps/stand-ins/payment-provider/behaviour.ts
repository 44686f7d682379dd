import { createHash } from 'node:crypto';

/** How the provider behaves; each a percentage of requests but the delay. */
export interface Behaviour {
  /** Charges that are refused. Decided by the key alone, so the same key is refused every time (J7). */
  readonly failPercent: number;
  /** Milliseconds before an answer. */
  readonly delayMs: number;
  /** Requests that are carried out and never answered. */
  readonly silentPercent: number;
  /** Requests that arrive twice, as through a network that doubles. */
  readonly doublePercent: number;
  /** Requests that end in status 500: one half of them before, the other half after they were carried out. */
  readonly errorPercent: number;
}

/** A provider without faults. */
export const wellBehaved: Behaviour = {
  failPercent: 0,
  delayMs: 0,
  silentPercent: 0,
  doublePercent: 0,
  errorPercent: 0,
};

const LONGEST_DELAY_MS = 600_000;

/**
 * Reads a change of behaviour.
 *
 * @returns the behaviour with the change, or the sentence that says what is wrong with it
 */
export function changed(behaviour: Behaviour, change: unknown): Behaviour | string {
  if (typeof change !== 'object' || change === null || Array.isArray(change))
    return 'Send an object, like {"failPercent": 10}.';
  for (const [name, value] of Object.entries(change)) {
    if (!Object.hasOwn(wellBehaved, name)) {
      return `There is no "${name}": use ${Object.keys(wellBehaved).join(', ')}.`;
    }
    const most = name === 'delayMs' ? LONGEST_DELAY_MS : 100;
    if (typeof value !== 'number' || !(value >= 0 && value <= most))
      return `"${name}" must be a number from 0 to ${most}.`;
  }
  return { ...behaviour, ...change };
}

/**
 * Whether something happens to this request: a fixed answer for the same words, spread evenly over all others.
 *
 * @param percent how often, in a hundred
 * @param words what the request is known by
 */
export function happens(percent: number, ...words: readonly (string | number)[]): boolean {
  const hash = createHash('sha256').update(words.join('\u0000')).digest();
  return (hash.readUInt32BE(0) / 2 ** 32) * 100 < percent;
}
