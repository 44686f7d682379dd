import { type DestinationStream, type Logger, pino } from 'pino';
import type { LevelWord } from './line.js';
import type { PlatformLog } from './platform-log.js';
import { readable } from './readable.js';
import { pinoFor, type Writer } from './writer.js';

/** What an app is told about its log. */
export interface LogSettings {
  /** The lowest level that is written. */
  readonly LOG_LEVEL: LevelWord | 'silent';
  /** `auto`: readable on a terminal, JSON otherwise. */
  readonly LOG_FORMAT: 'auto' | 'pretty' | 'json';
}

/** The log of one app: for code outside Nest, from the first line of the start on. Nest's own logging: `LogModule`. */
export interface AppLog extends PlatformLog {
  readonly writer: Writer;
  /** For those who want pino itself; its lines have the same shape. */
  readonly pino: Logger;
  readonly destination: DestinationStream;
}

/**
 * The log of an app.
 *
 * Lines are written at once: a process that is killed has said all that it had to say. That costs a system call per
 * line (see README.md) and needs no buffer, no flush at the end and no thread.
 *
 * @param to where lines go; standard output unless said otherwise
 */
export function loggerFor(
  settings: LogSettings,
  writer: Writer,
  to: DestinationStream = pino.destination({ dest: 1, sync: true }),
): AppLog {
  const pretty =
    settings.LOG_FORMAT === 'pretty' || (settings.LOG_FORMAT === 'auto' && process.stdout.isTTY === true);
  const destination = pretty ? { write: (line: string) => to.write(readable(line)) } : to;
  const logger = pinoFor(settings.LOG_LEVEL, () => writer, destination);
  return {
    writer,
    pino: logger,
    destination,
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}
