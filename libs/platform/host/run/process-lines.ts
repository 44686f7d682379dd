import type { AppLog } from '../../telemetry/log.js';

/** What Node says of the process for people, on standard error, becomes lines of the log as well: warnings. */
export function sayWhatTheProcessSays(log: AppLog): void {
  process.on('warning', (warning) => log.warn(warning.message, { error: warning }));
}
