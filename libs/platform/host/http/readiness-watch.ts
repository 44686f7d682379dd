import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { OpenExchanges } from './open-exchanges.js';
import type { Finding, ReadinessProbe } from './readiness.js';

/** Remembers what the probes found, and writes a line when something stops working or works again: not at every poll. */
export class ReadinessWatch {
  readonly #broken = new Set<string>();

  constructor(
    private readonly log: PlatformLog,
    private readonly open: OpenExchanges,
  ) {}

  /** Whether this instance leaves or stops, so that nobody should send it anything new. */
  get leaving(): boolean {
    return this.open.leaving;
  }

  /** Takes note of what a probe found. */
  found({ name: probe, degrades }: ReadinessProbe, finding: Finding): void {
    if (finding.works === !this.#broken.has(probe)) return;
    if (finding.works) {
      this.#broken.delete(probe);
      this.log.info(`${probe} works again`, { probe });
    } else {
      this.#broken.add(probe);
      this.log.warn(`${degrades ? 'degraded' : 'not ready'}: ${finding.message}`, { probe });
    }
  }
}
