import type { InjectionToken } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DeliveryRuntime } from '../events/runtime.js';
import type { WakeBackend } from '../events/wake/backend.js';
import type { Waker } from '../events/wake/waker.js';
import type { Seam } from '../seam/index.js';
import type { AppLog } from '../telemetry/log.js';
import type { AppPlacement } from './app-placement.js';
import type { Http } from './http/http.js';
import type { MovedAway } from './http/moved-away.js';

/** What {@link RunningApp} is made of. */
export interface AppParts {
  readonly nest: NestFastifyApplication;
  readonly http: Http;
  readonly moved: MovedAway;
  readonly place: AppPlacement;
  readonly deliveries: DeliveryRuntime;
  readonly waker: Waker;
  readonly backend: WakeBackend;
  readonly seam: Seam;
  readonly log: AppLog;
  readonly stopTimeoutMs: number;
}

/** An application that runs: where it answers, what it hosts, and how to stop it. */
export class RunningApp {
  private stopping: Promise<void> | undefined;

  constructor(
    /** Where it answers: `http://127.0.0.1:3000`. */
    readonly url: string,
    /** Names of the modules that it hosts. */
    readonly modules: readonly string[],
    private readonly parts: AppParts,
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

  /** `redis` or `postgres`: what BullMQ runs on. */
  get queues(): WakeBackend['kind'] {
    return this.parts.backend.kind;
  }

  /** Resolves once this app knows so many running instances, itself among them. */
  knows(instances: number): Promise<void> {
    return this.parts.place.knows(instances);
  }

  /** Runs `work` with nothing below a warning logged: for what the start does by itself and nobody wants to read. */
  async quietly<T>(work: () => Promise<T>): Promise<T> {
    const { pino } = this.parts.log;
    const { level } = pino;
    if (pino.isLevelEnabled('warn')) pino.level = 'warn';
    try {
      return await work();
    } finally {
      pino.level = level;
    }
  }

  /**
   * Stops in the order in which things depend on each other: takes no more deliveries and finishes those in work, answers
   * the requests in work, sends the last wake-ups, closes the connections. Bounded by the setting STOP_TIMEOUT_MS.
   */
  stop(): Promise<void> {
    this.stopping ??= this.stopInOrder();
    return this.stopping;
  }

  private async stopInOrder(): Promise<void> {
    const { nest, http, moved, place, deliveries, waker, backend, log, stopTimeoutMs } = this.parts;
    const late = setTimeout(
      () => log.warn(`Not everything has stopped after ${stopTimeoutMs} ms`),
      stopTimeoutMs,
    );
    try {
      http.stop();
      await place.leave();
      await Promise.all([deliveries.stop(stopTimeoutMs / 2), place.close(stopTimeoutMs / 2)]);
      moved.close();
      await nest.close();
      await waker.close();
      await backend.close();
      await log.flush();
    } finally {
      clearTimeout(late);
    }
  }
}
