import type { DataSource } from 'typeorm';
import type { DeliveryRuntime } from '../events/runtime.js';
import type { ReadinessProbe } from './http/readiness.js';

/** The probes of an app: ready means that it can answer, write, and work on deliveries. */
export function readinessProbes(
  source: DataSource,
  deliveries: () => DeliveryRuntime | undefined,
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
        await runtime.check();
        return { listeners: runtime.listeners.length };
      },
    },
  ];
}
