import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { READINESS, type ReadinessSource } from './readiness.js';
import { ReadinessWatch } from './readiness-watch.js';

/** `/health/live`, `/health/ready` and `/health`. */
@Module({})
export class HealthModule {
  /**
   * @param source the app's probes
   * @param watch what they found so far
   */
  static with(source: ReadinessSource, watch: ReadinessWatch): DynamicModule {
    return {
      module: HealthModule,
      // Terminus would write the whole report at every failing poll; the watch writes what changed.
      imports: [TerminusModule.forRoot({ logger: false }), ...(source.imports ?? [])],
      controllers: [HealthController],
      providers: [
        { provide: READINESS, useFactory: source.useFactory, inject: source.inject ?? [] },
        { provide: ReadinessWatch, useValue: watch },
      ],
    };
  }
}
