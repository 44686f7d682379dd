import type { DataSource } from 'typeorm';
import type { DeliveryRuntime } from '../events/runtime.js';
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
  queues: 'redis' | 'postgres',
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
        await deliveries()
          ?.checkQueues()
          .catch((error: Error) => {
            throw new Error(
              `${queues === 'redis' ? 'Redis' : 'The queue in Postgres'} does not answer (${error.message}): deliveries wait, nothing is lost. Start it.`,
            );
          });
        return { queues };
      },
    },
  ];
}
