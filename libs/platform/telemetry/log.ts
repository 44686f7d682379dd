import { isatty } from 'node:tty';
import type { DestinationStream, Logger } from 'pino';
import type { LevelWord } from './line.js';
import type { PlatformLog } from './platform-log.js';
import { readable } from './readable.js';
import { StandardOutput } from './standard-output.js';
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
  /** Resolves once everything said so far is written, or after a second: for the end of the process. */
  flush(): Promise<void>;
}

/**
 * The log of an app.
 *
 * @param to where lines go; standard output unless said otherwise
 */
export function loggerFor(settings: LogSettings, writer: Writer, to?: DestinationStream): AppLog {
  const output = to ? undefined : new StandardOutput((count) => log.warn(tooSlow(count)));
  const lines = to ?? (output as StandardOutput);
  const pretty = settings.LOG_FORMAT === 'pretty' || (settings.LOG_FORMAT === 'auto' && isatty(1));
  const destination = pretty ? { write: (line: string) => lines.write(readable(line)) } : lines;
  const logger = pinoFor(settings.LOG_LEVEL, () => writer, destination);
  const log: AppLog = {
    writer,
    pino: logger,
    destination,
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    flush: async () => output?.flush(),
  };
  return log;
}

function tooSlow(dropped: number): string {
  return `${dropped} lines were dropped: whoever reads standard output is too slow for them`;
}
