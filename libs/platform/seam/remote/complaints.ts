import type { PlatformLog } from '../../telemetry/platform-log.js';

const EVERY_MS = 10_000;

/** Says what strangers do wrong, at most once in ten seconds for each sort: nobody may fill the log from outside. */
export class Complaints {
  readonly #sorts = new Map<string, { since: number; unsaid: number }>();

  constructor(private readonly log: PlatformLog) {}

  /** @param sort one of a few fixed words: nothing that a stranger chooses */
  about(sort: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const now = performance.now();
    const before = this.#sorts.get(sort);
    if (before !== undefined && now - before.since < EVERY_MS) {
      before.unsaid++;
      return;
    }
    this.log.warn(message, { ...fields, ...(before && { sameSinceLastLine: before.unsaid }) });
    this.#sorts.set(sort, { since: now, unsaid: 0 });
  }
}
