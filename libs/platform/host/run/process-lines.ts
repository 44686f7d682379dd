import type { AppLog } from '../../telemetry/log.js';

/**
 * What Node says of the process for people, on standard error, becomes lines of the log as well: warnings, and the error
 * that ends it.
 */
export function sayWhatTheProcessSays(log: AppLog): void {
  process.on('warning', (warning) => log.warn(warning.message, { error: warning }));
  process.on('uncaughtExceptionMonitor', (error) =>
    log.pino.fatal({ error }, 'An uncaught error ends this process'),
  );
}
