import type { Settings } from '../config/index.js';
import type { Slice } from './slices.js';

/** How long and how much is kept. */
export interface Limits {
  /** Milliseconds that an event is kept at most, once its deliveries are settled. */
  readonly keepMs: number;
  /** Bytes that all slices may take. */
  readonly keepBytes: number;
  /** Milliseconds in which everything can be replayed: nothing is dropped within them, however many bytes there are. */
  readonly windowMs: number;
  /** Milliseconds after which a slice that was passed can't be written by a publisher that had begun before. */
  readonly settleMs: number;
  /** Milliseconds that it is kept who did what about dead letters, listeners and routes. */
  readonly auditMs: number;
}

/** Longest that a publishing statement and its commit can take; the server ends them after 15 s each. */
const SETTLE_MS = 60_000;

/** A slice is ended when it has this part of the time or of the bytes that are kept, so that they are kept to within as much. */
const PARTS = 8;

/** The limits that the settings name. */
export function limitsOf(settings: Settings): Limits {
  const hour = 3_600_000;
  return {
    keepMs: Math.max(settings.EVENTS_KEEP_HOURS, settings.EVENTS_REPLAY_HOURS) * hour,
    keepBytes: settings.EVENTS_KEEP_MB * 1024 * 1024,
    windowMs: settings.EVENTS_REPLAY_HOURS * hour,
    settleMs: SETTLE_MS,
    auditMs: settings.AUDIT_KEEP_DAYS * 24 * hour,
  };
}

/** How a slice stands: what becomes of it now, in a word and in a sentence. */
export interface Standing {
  readonly slice: Slice;
  /** `kept`: its time has not come. `held`: its time has come, and something speaks against it. `goes`: it is dropped next. */
  readonly state: 'ahead' | 'open' | 'kept' | 'held' | 'goes';
  readonly why: string;
}

/** What is to be done with the slices. */
export interface Plan {
  readonly standings: readonly Standing[];
  /** Whether the open slice is old or large enough to be ended. */
  readonly endsOpen: boolean;
  readonly bytes: number;
}

/** Decides what becomes of each slice: the oldest go first, until the rest is within the limits. */
export function planFor(slices: readonly Slice[], limits: Limits, now: Date): Plan {
  const bytes = slices.reduce((sum, slice) => sum + slice.bytes, 0);
  const open = slices.findIndex((slice) => slice.open);
  let left = bytes;
  const standings = slices.map((slice, index): Standing => {
    if (index > open) return { slice, state: 'ahead', why: 'made ahead' };
    if (index === open) return { slice, state: 'open', why: 'new events go here' };
    if (slice.leavingAt) return { slice, state: 'goes', why: 'is being dropped' };
    const ageMs = slice.last ? now.getTime() - slice.last.getTime() : Number.POSITIVE_INFINITY;
    const old = ageMs > limits.keepMs;
    const large = left > limits.keepBytes;
    if (!old && !large) return { slice, state: 'kept', why: 'within the limits' };
    const against = speaksAgainst(slice, ageMs, limits, now);
    if (against) return { slice, state: 'held', why: against };
    left -= slice.bytes;
    return { slice, state: 'goes', why: old ? 'past its time' : 'more bytes are kept than may be' };
  });
  return { standings, endsOpen: endsNow(slices[open], limits, now), bytes };
}

function speaksAgainst(slice: Slice, ageMs: number, limits: Limits, now: Date): string | undefined {
  if (!slice.passedAt || now.getTime() - slice.passedAt.getTime() < limits.settleMs)
    return 'publishers may still write in it';
  if (ageMs < limits.windowMs) return 'it can still be replayed (EVENTS_REPLAY_HOURS)';
  if (slice.pending) return 'deliveries in it are pending';
  if (slice.dead) return 'dead letters are in it: banyan dead-letters list';
  return undefined;
}

function endsNow(open: Slice | undefined, limits: Limits, now: Date): boolean {
  if (!open?.first) return false;
  const ageMs = now.getTime() - open.first.getTime();
  return ageMs > limits.keepMs / PARTS || open.bytes > limits.keepBytes / PARTS;
}
