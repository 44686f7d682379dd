import { createHash } from 'node:crypto';
import { versionBefore } from './calls.js';
import { type Conversation, conversations } from './conversations.js';
import type { StoreReader } from './store.js';
import type { Hop } from './trace-story.js';

/** One way in which conversations of an entry point run: which hop follows which, how often does not matter. */
export interface Behavior {
  readonly entry: string;
  /** 8 hex digits, the same for the same shape. */
  readonly shape: string;
  readonly count: number;
  /** Whether no conversation of the version before had it; null while only one version is known. */
  readonly isNew: boolean | null;
  /** Median time, in ms. */
  readonly ms: number;
  /** A trace to look at. */
  readonly example: string;
  /** The hops, as they stand below each other. */
  readonly hops: readonly {
    readonly depth: number;
    readonly kind: string;
    readonly operation: string;
    readonly outcome: string;
  }[];
}

/** The distinct shapes of call chains per entry point, the most frequent first; parameters as {@link conversations} has them. */
export async function behaviors(
  store: StoreReader,
  seconds: number,
  entry?: string,
  most?: number,
): Promise<readonly Behavior[]> {
  const older = await versionBefore(store);
  const found = new Map<string, { all: Conversation[]; hops: Behavior['hops'] }>();
  for (const conversation of await conversations(store, seconds, entry, most)) {
    const hops = shapeOf(conversation.hops);
    const key = createHash('sha256')
      .update(JSON.stringify([conversation.entry, hops]))
      .digest('hex')
      .slice(0, 8);
    const known = found.get(key) ?? { all: [], hops };
    known.all.push(conversation);
    found.set(key, known);
  }
  return [...found]
    .map(([shape, { all, hops }]) => {
      const [first] = all as [Conversation];
      const newest = all.every(({ version }) => version !== older?.version);
      const ms = all.map((each) => each.ms).sort((a, b) => a - b)[Math.floor(all.length / 2)] as number;
      return {
        ...{ entry: first.entry, shape, count: all.length, ms, example: first.trace, hops },
        isNew: older === undefined ? null : newest,
      };
    })
    .sort((a, b) => a.entry.localeCompare(b.entry) || b.count - a.count);
}

/** Units of work are how it runs, not what happens: two conversations that differ in them alone are alike. */
const MACHINERY = new Set(['unit']);

/** Siblings that are alike count once, and their order, which is a matter of luck between deliveries, not at all. */
function shapeOf(hops: readonly Hop[], depth = 0): Behavior['hops'] {
  if (depth > 32) return [];
  const shapes = new Map<string, Behavior['hops']>();
  for (const hop of hops) {
    const below = shapeOf(hop.hops, MACHINERY.has(hop.kind) ? depth : depth + 1);
    if (MACHINERY.has(hop.kind)) {
      if (below.length > 0) shapes.set(JSON.stringify(below), below);
      continue;
    }
    const { kind, operation, outcome } = hop;
    const shape = [{ depth, kind, operation, outcome }, ...below];
    shapes.set(JSON.stringify(shape), shape);
  }
  return [...shapes].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, shape]) => shape);
}
