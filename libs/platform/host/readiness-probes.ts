import type { DataSource } from 'typeorm';
import type { ConservationWatch } from '../conservation/index.js';
import type { DeliveryRuntime } from '../events/runtime.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { AppPlacement } from './app-placement.js';
import type { ReadinessProbe } from './http/readiness.js';

/**
 * The probes of an app: ready means that it can answer, write, and work on deliveries. Modules whose deliveries are routed to an
 * app that does not run are told, and are no reason to send this one no requests: it answers for them meanwhile.
 */
export function readinessProbes(
  source: DataSource,
  place: AppPlacement,
  deliveries: () => DeliveryRuntime | undefined,
  conservation: () => ConservationWatch | undefined,
  queues: 'redis' | 'postgres',
  telemetry: Telemetry,
): ReadinessProbe[] {
  return [
    {
      name: 'database',
      check: async () => {
        const [row] = await source.query('select current_setting($1) as version', ['server_version']);
        return { postgres: row.version };
      },
    },
    {
      name: 'deliveries',
      check: async () => {
        const runtime = deliveries();
        if (!runtime) throw new Error('Deliveries are not started yet: wait for the end of the start.');
        runtime.check();
        const undelivered = place.undelivered(runtime.listeners);
        return { listeners: runtime.listeners.length, ...(undelivered.length > 0 && { undelivered }) };
      },
    },
    {
      // Requests are answered and events are published all the same; deliveries wait, and are found when it is back.
      name: 'wake-ups',
      degrades: true,
      check: async () => {
        await deliveries()?.checkQueues();
        return { queues };
      },
    },
    ...(telemetry.spans ? [ofTelemetry(telemetry)] : []),
    {
      name: 'conservation',
      degrades: true,
      check: async () => {
        conservation()?.check();
        return {};
      },
    },
  ];
}

/** Lines and spans are about the work, and none of it waits for them. What is lost meanwhile is counted. */
function ofTelemetry(telemetry: Telemetry): ReadinessProbe {
  return {
    name: 'telemetry',
    degrades: true,
    check: async () => {
      const { troubles, lost } = telemetry;
      if (troubles.length > 0)
        throw new Error(
          `${troubles.join('. ')}. Lost so far: ${lost.spans} spans, ${lost.lines} lines. Requests and deliveries go on; see whether it runs.`,
        );
      return { kept: telemetry.kept ?? 'not known yet', lost };
    },
  };
}
