import type { Gap } from './gaps.js';

/** A gap that is known from one look to the next. */
export interface KnownGap extends Gap {
  /** Milliseconds since the epoch, on the database's clock. */
  readonly since: number;
  /** The count that a line was written about; 0 for none. */
  readonly told: number;
}

/** While apps start one after another, those of them that are missing are no loss; in milliseconds. */
const STARTING_MS = 60_000;

/** What a look has found out, beside what was known. */
export interface Compared {
  readonly gaps: readonly KnownGap[];
  /** Those to write a line about; they count as told in `gaps`. */
  readonly toTell: readonly KnownGap[];
  /** Those that were told, and are no more. */
  readonly mended: readonly KnownGap[];
}

/**
 * Holds what a look has found against what was known.
 *
 * @param after the look was only at events behind this id: what is known of earlier ones stays known
 * @param now milliseconds since the epoch, on the database's clock
 */
export function compareGaps(
  known: readonly KnownGap[],
  found: readonly Gap[],
  after: string,
  now: number,
): Compared {
  const before = new Map(known.map((gap) => [nameOf(gap), gap]));
  const seen = new Set(found.map(nameOf));
  const kept = known.filter((gap) => !seen.has(nameOf(gap)) && reachesBelow(gap, after));
  const gaps = [...found.map((gap) => joined(before.get(nameOf(gap)), gap, after, now)), ...kept];
  const toTell = gaps.filter(
    (gap) => gap.count > gap.told && (gap.kind !== 'no listener' || now - gap.since >= STARTING_MS),
  );
  return {
    gaps: gaps.map((gap) => (toTell.includes(gap) ? { ...gap, told: gap.count } : gap)),
    toTell,
    mended: known.filter((gap) => gap.told > 0 && !seen.has(nameOf(gap)) && !kept.includes(gap)),
  };
}

function joined(before: KnownGap | undefined, found: Gap, after: string, now: number): KnownGap {
  const { since, told } = before ?? { since: now, told: 0 };
  if (!before || !reachesBelow(before, after)) return { ...found, since, told };
  const ids = [...new Set([...before.ids, ...found.ids])].slice(0, 20);
  return { ...found, ids, count: Math.max(before.count, found.count, ids.length), since, told };
}

/** Whether it is about events that were not looked at. */
function reachesBelow({ ids }: Gap, after: string): boolean {
  return ids.some((id) => BigInt(id) <= BigInt(after));
}

function nameOf({ kind, listener, type }: Gap): string {
  return `${kind} ${listener} ${type}`;
}

/** A gap as a sentence with its ids. */
export function sentenceOf({ kind, listener, type, count, ids }: Gap): string {
  const which = `events ${ids.join(', ')}${count > ids.length ? ', ...' : ''}`;
  if (kind === 'no delivery') return `${listener} lacks ${count} deliveries of ${type}: ${which}`;
  if (kind === 'no event') return `${count} deliveries of ${listener} have no event: ${which}`;
  return `${count} deliveries of ${type} wait for ${listener}, which no running app declares: ${which}`;
}
