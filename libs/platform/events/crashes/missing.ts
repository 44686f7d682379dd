/** How long an instance is missed before it counts as gone: far longer than it takes to connect anew. Milliseconds. */
const CUT_OFF_MS = 5_000;

/** Whoever was not missed for this long was there meanwhile, as far as this process knows. Milliseconds. */
const FORGET_MS = 15_000;

/**
 * Instances whose sign of life this process has missed, and since when. One look tells nothing: a server that starts again cuts off
 * everybody, and who connects first finds all others missing.
 */
export class Missing {
  private readonly seen = new Map<string, { readonly since: number; last: number }>();

  /** Notes that these are missing now. @returns those that have been for long enough */
  forLong(instances: readonly string[], now = performance.now()): string[] {
    for (const [instance, { last }] of this.seen) if (now - last > FORGET_MS) this.seen.delete(instance);
    return instances.filter((instance) => {
      const known = this.seen.get(instance);
      if (!known) this.seen.set(instance, { since: now, last: now });
      else known.last = now;
      return known !== undefined && now - known.since >= CUT_OFF_MS;
    });
  }
}
