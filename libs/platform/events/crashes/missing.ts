import { surelyGone } from '../../placement/instance-id.js';

/** How long an instance is missed before it counts as gone: far longer than it takes to connect anew. Milliseconds. */
const CUT_OFF_MS = 5_000;

/** How long whoever kept a process running has time to say how it died, where its death is seen from here as well. Milliseconds. */
const TELL_MS = 500;

/** Whoever was not missed for this long was there meanwhile, as far as this process knows. Milliseconds. */
const FORGET_MS = 15_000;

/** What is known of instances whose sign of life is missing. */
export interface Absent {
  /** Missed for long enough that they were not just cut off, if their registry says the same. */
  readonly forLong: readonly string[];
  /** Their processes ran on this machine, and exist no more: they were not cut off. */
  readonly gone: readonly string[];
  /** Milliseconds until that is so of another one that is gone; 0: of none. */
  readonly soonMs: number;
}

/**
 * Instances whose sign of life this process has missed, and since when. One look tells nothing: a server that starts again cuts off
 * everybody, and who connects first finds all others missing.
 */
export class Missing {
  private readonly seen = new Map<string, { readonly since: number; last: number }>();

  constructor(private readonly isGone: (instance: string) => boolean = surelyGone) {}

  /** Notes that these are missing now. */
  note(instances: readonly string[], now = performance.now()): Absent {
    for (const [instance, { last }] of this.seen) if (now - last > FORGET_MS) this.seen.delete(instance);
    const missedFor = (instance: string) => {
      const known = this.seen.get(instance) ?? { since: now, last: now };
      known.last = now;
      this.seen.set(instance, known);
      return now - known.since;
    };
    const missed = instances.map((instance) => ({ instance, ms: missedFor(instance) }));
    const gone = missed.filter(({ instance }) => this.isGone(instance));
    return {
      forLong: missed.filter(({ ms }) => ms >= CUT_OFF_MS).map(({ instance }) => instance),
      gone: gone.filter(({ ms }) => ms >= TELL_MS).map(({ instance }) => instance),
      soonMs: Math.max(0, ...gone.map(({ ms }) => TELL_MS - ms)),
    };
  }
}
