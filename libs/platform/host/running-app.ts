import type { InjectionToken } from '@nestjs/common';
import type { DeliveryRuntime } from '../events/runtime.js';
import type { WakeBackend } from '../events/wake/backend.js';
import type { Seam } from '../seam/index.js';
import type { AppLog } from '../telemetry/log.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { Assembly } from './assembly.js';
import { takeDown } from './take-down.js';

/** An assembly that has begun to work. */
type Begun = Assembly & Required<Pick<Assembly, 'nest' | 'deliveries'>>;

/** An application that runs: where it answers, what it hosts, and how to stop it. */
export class RunningApp {
  private stopping: Promise<void> | undefined;

  constructor(
    /** Where it answers: `http://127.0.0.1:3000`. */
    readonly url: string,
    /** Names of the modules that it hosts. */
    readonly modules: readonly string[],
    private readonly parts: Begun,
  ) {}

  /** A provider of the application, wherever it is declared. */
  get<T>(token: InjectionToken<T>): T {
    return this.parts.nest.get(token, { strict: false });
  }

  /** The app's deliveries: its listeners and what they have handled. */
  get deliveries(): DeliveryRuntime {
    return this.parts.deliveries;
  }

  /** What the app's modules call of each other. */
  get seam(): Seam {
    return this.parts.seam;
  }

  /** Where its lines go. */
  get log(): AppLog {
    return this.parts.log;
  }

  /** What the app keeps of itself. */
  get telemetry(): Telemetry {
    return this.parts.telemetry;
  }

  /** `redis` or `postgres`: what BullMQ runs on. */
  get queues(): WakeBackend['kind'] {
    return this.parts.backend.kind;
  }

  /**
   * Resolves once this app knows so many running instances, itself among them.
   *
   * @param withinMs how long it looks for them, in milliseconds; an instance is seen a quarter of a second after it has entered
   * @throws Error when they don't come in time
   */
  knows(instances: number, withinMs = 10_000): Promise<void> {
    return this.parts.place.knows(instances, withinMs);
  }

  /**
   * Stops: finishes what is in work, within the setting STOP_TIMEOUT_MS, and closes everything. A second call waits for the
   * first.
   *
   * @throws Error naming what could not be done in that time; everything else is done all the same
   */
  stop(): Promise<void> {
    this.stopping ??= this.takeDown();
    return this.stopping;
  }

  private async takeDown(): Promise<void> {
    const failures = await takeDown(this.parts, this.parts.settings.STOP_TIMEOUT_MS);
    if (failures.length === 0) return;
    const sentences = failures.map((failure) => failure.message).join('; ');
    throw new AggregateError(failures, `Not everything has stopped as it should: ${sentences}`);
  }
}
