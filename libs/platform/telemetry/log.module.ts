import type { DynamicModule } from '@nestjs/common';
import { LoggerModule, type Params, PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { FloodGuard } from './flood-guard.js';
import { Levels } from './levels/levels.js';
import type { AppLog } from './log.js';
import { type Gate, pinoFor } from './writer.js';

let speaking: AppLog | undefined;
let assigner: PinoLogger | undefined;

/**
 * What nestjs-pino provides (`PinoLogger`, `@InjectPinoLogger`, its `Logger`), writing lines of the one shape.
 *
 * Its middleware is not mounted: it would bind the request to a child logger, for each one, what the call context tells
 * at no cost, and with Fastify it is lost while the body is read. The line per request is the host's.
 */
export class LogModule {
  /** @param log the log of the app that is about to be created */
  static with(log: AppLog): DynamicModule {
    speaking = log;
    log.levels.follow((lowest) => {
      if (speaking === log) root.level = lowest; // nestjs-pino's loggers are children of it and follow
    });
    return LoggerModule.forRoot(PARAMS);
  }
}

/** Runs `work` (a request) so that `PinoLogger.assign` may add fields to the lines that are written in it. */
export function withAssignableFields<T>(work: () => T): T {
  assigner ??= new PinoLogger(PARAMS);
  return assigner.runInContext(work);
}

/**
 * nestjs-pino keeps one root logger per process, and the first one for ever. So there is one here, which writes in the
 * name of the app that was created last; only tests have several in a process.
 */
const nobody: Gate = { levels: new Levels('trace'), flood: new FloodGuard(() => undefined) };
const root: Logger = pinoFor(
  () => speaking ?? nobody,
  () => speaking?.writer ?? { app: 'none', instance: 'none' },
  {
    write: (line) => speaking?.destination.write(line),
  },
);
const PARAMS: Params = {
  pinoHttp: { logger: root, autoLogging: false },
  forRoutes: [],
  renameContext: 'logger',
};
