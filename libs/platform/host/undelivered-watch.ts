import type { PlatformLog } from '../telemetry/platform-log.js';

/** A process that dies is started again sooner than this, in ms: only what lasts longer needs somebody. */
const WORTH_A_LINE_MS = 5_000;

/** Says once when nobody works on the deliveries of a module any more, with the cure, and once when somebody does again. */
export class UndeliveredWatch {
  private readonly since = new Map<string, { readonly at: number; told: boolean }>();

  constructor(private readonly log: PlatformLog) {}

  /**
   * Takes note of which modules nobody delivers for.
   *
   * @param now on the clock of `performance.now()`
   */
  look(undelivered: readonly string[], now = performance.now()): void {
    for (const [module, { told }] of this.since) {
      if (undelivered.includes(module)) continue;
      this.since.delete(module);
      if (told) this.log.info(`Deliveries of ${module} are worked on again`, { module });
    }
    for (const module of undelivered) {
      const known = this.since.get(module) ?? { at: now, told: false };
      this.since.set(module, known);
      if (known.told || now - known.at < WORTH_A_LINE_MS) continue;
      known.told = true;
      this.log.warn(
        `Nobody works on the deliveries of ${module}: it is routed to an app that does not run. Start that app, or take ` +
          `the module back: npx banyan move ${module} --to together`,
        { module },
      );
    }
  }
}
