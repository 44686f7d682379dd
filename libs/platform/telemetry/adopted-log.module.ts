import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DynamicModule, Logger, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import { contextBelow, inContext, parseTraceparent } from './call-context.js';
import { type AppLog, type LogSettings, loggerFor } from './log.js';
import { LogModule, withAssignableFields } from './log.module.js';
import { nestLogger } from './nest-log.js';
import { ONE_PER_CALL } from './platform-log.js';

/** What an adopting application may say. */
export interface Adoption extends Partial<LogSettings> {
  /** Which process of the application this is. @defaultValue its process id */
  readonly instance?: string;
  /** Where lines go. @defaultValue standard output */
  readonly to?: DestinationStream;
}

/** An application has one log; in a process with several, who adopts last speaks for all. */
let adopted: AppLog;

/**
 * The one line shape for a Nest application that has nothing else of this platform: one import in its root module,
 * `AdoptedLogModule.as('shop')`. Nest's `Logger` and `PinoLogger` write lines of the shape from that moment on, each request has a
 * trace (its `traceparent`, or a new one), which its lines carry, and one line when it is over.
 */
@Module({})
export class AdoptedLogModule implements NestModule {
  /** @param app what the application is called in every line */
  static as(
    app: string,
    { instance = `${app}-${process.pid}`, to, ...settings }: Adoption = {},
  ): DynamicModule {
    const log = loggerFor({ LOG_LEVEL: 'info', LOG_FORMAT: 'auto', ...settings }, { app, instance }, to);
    adopted = log;
    Logger.overrideLogger(nestLogger(log)); // at once, so that Nest's account of its start has the shape too
    return { module: AdoptedLogModule, imports: [LogModule.with(log)] };
  }

  configure(consumer: MiddlewareConsumer): void {
    const log = adopted;
    consumer
      .apply((request: Request, response: ServerResponse, next: () => void) => {
        const path = (request.originalUrl ?? request.url ?? '').split('?')[0];
        const operation = `${request.method} ${path}`;
        const context = contextBelow(parseTraceparent(request.headers.traceparent), { operation });
        const begun = performance.now();
        response.once('close', () => {
          const [status, ms] = [response.statusCode, Math.round((performance.now() - begun) * 10) / 10];
          const level = status >= 500 ? 'error' : 'info';
          inContext(context, () =>
            log[level](`${operation} ${status} in ${ms} ms`, { status, ms, [ONE_PER_CALL]: true }),
          );
        });
        inContext(context, () => withAssignableFields(next));
      })
      .forRoutes('{*path}');
  }
}

type Request = IncomingMessage & { readonly originalUrl?: string };
