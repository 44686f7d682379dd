import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { errorField } from '../../telemetry/error-field.js';
import { scrubText } from '../../telemetry/scrub.js';

/** One thing that has to work before this app can answer: the database, the queue, a module's own need. */
export interface ReadinessProbe {
  /** Unique among the app's probes: `database`. */
  readonly name: string;
  /** Whether the app answers all the same when this does not work, only less well: then it is degraded, and ready. */
  readonly degrades?: boolean;
  /**
   * Resolves with facts worth showing; rejects when it does not work, with a message that ends with what to do about it.
   */
  check(): Promise<Record<string, unknown>>;
}

/** Injection token of the app's probes, a `ReadinessProbe[]`. */
export const READINESS = Symbol('readiness probes');

/** Where the probes come from: a factory, what it is given, and the modules that provide that. */
export type ReadinessSource = Pick<ModuleMetadata, 'imports'> &
  Pick<FactoryProvider<readonly ReadinessProbe[]>, 'useFactory' | 'inject'>;

/** Longest wait for one probe, in ms. Whoever polls waits for the slowest of them. */
export const PROBE_TIMEOUT_MS = 2_000;

/** What one probe found. */
export type Finding =
  | { readonly works: true; readonly facts: Record<string, unknown> }
  | { readonly works: false; readonly message: string };

/** Asks one probe, within {@link PROBE_TIMEOUT_MS}. Never rejects. */
export async function ask(probe: ReadinessProbe, timeoutMs = PROBE_TIMEOUT_MS): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    const message = `${probe.name} did not answer within ${timeoutMs} ms. See whether it is up, reachable and not overloaded.`;
    timer = setTimeout(() => reject(new Error(message)), timeoutMs);
  });
  try {
    // In a function of its own, so that a probe that throws before it returns a promise is caught as well.
    const facts = await Promise.race([(async () => probe.check())(), silence]);
    return { works: true, facts };
  } catch (thrown) {
    return { works: false, message: scrubText(errorField(thrown).message) };
  } finally {
    clearTimeout(timer);
  }
}
