import { isatty } from 'node:tty';
import type { DestinationStream, Logger } from 'pino';
import { callContext } from './call-context.js';
import { type Dropped, FLOOD_LIMITS, FloodGuard, MANY } from './flood-guard.js';
import { Levels, type Threshold } from './levels/levels.js';
import { plainLine } from './plain-line.js';
import { ONE_PER_CALL, type PlatformLog } from './platform-log.js';
import { readable } from './readable.js';
import { StandardOutput } from './standard-output.js';
import { type Gate, pinoFor, type Writer } from './writer.js';

/** What an app is told about its log. */
export interface LogSettings {
  /** The lowest level that is written. */
  readonly LOG_LEVEL: Threshold;
  /** `auto`: readable on a terminal, JSON otherwise. */
  readonly LOG_FORMAT: 'auto' | 'pretty' | 'json';
}

/** The log of one app: for code outside Nest, from the first line of the start on. Nest's own logging: `LogModule`. */
export interface AppLog extends PlatformLog, Gate {
  readonly writer: Writer;
  /** For those who want pino itself; its lines have the same shape. */
  readonly pino: Logger;
  readonly destination: DestinationStream;
  /** Lines that were dropped since the start because whoever reads them is too slow. */
  dropped(): number;
  /** Hands every finished line to `take` too, as JSON; for who keeps lines. It must not throw, nor wait. */
  alsoTo(take: (line: string) => void): void;
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
  let also: ((line: string) => void) | undefined;
  const destination = {
    write: (line: string) => {
      lines.write(pretty ? readable(line) : line);
      also?.(line);
    },
  };
  const levels = new Levels(settings.LOG_LEVEL);
  const flood = new FloodGuard(() => void setTimeout(tellFlood, TELL_AFTER_MS).unref());
  const gate = { levels, flood };
  const logger = pinoFor(
    () => gate,
    () => writer,
    destination,
  );
  levels.follow((lowest) => {
    logger.level = lowest;
  });
  const tellFlood = () => tellDropped(log, flood.take());
  const log: AppLog = {
    ...{ writer, levels, flood },
    pino: logger,
    destination,
    dropped: () => output?.droppedInAll ?? 0,
    alsoTo: (take) => {
      also = take;
    },
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    plain: (words, numbers, data) => {
      const context = callContext();
      if (!context || context.tenant !== undefined) {
        logger.info({ ...JSON.parse(data), [ONE_PER_CALL]: true }, words + numbers); // not all of it is from code
        return;
      }
      const written = levels.differ ? levels.passes(INFO, context.module) : logger.isLevelEnabled('info');
      if (written) destination.write(plainLine(writer, context, words, numbers, data));
    },
    flush: async () => {
      tellFlood();
      await output?.flush();
    },
  };
  return log;
}

/** As pino numbers it. */
const INFO = 30;

/** How long lines are counted before it is said how many were dropped, in ms. */
const TELL_AFTER_MS = 5_000;
/** Templates that are named then; the rest is one line. */
const MOST_NAMED = 20;

function tellDropped(log: PlatformLog, dropped: readonly Dropped[]): void {
  const tell = (template: string, lines: number) =>
    log.warn(
      `Dropped ${lines} lines like "${template}": more than ${FLOOD_LIMITS.perSecond} in a second would drown the others`,
      { template, lines, [ONE_PER_CALL]: true },
    );
  for (const { template, lines } of dropped.slice(0, MOST_NAMED)) tell(template, lines);
  const rest = dropped.slice(MOST_NAMED).reduce((sum, { lines }) => sum + lines, 0);
  if (rest > 0) tell(MANY, rest);
}

function tooSlow(dropped: number): string {
  return `${dropped} lines were dropped: whoever reads standard output is too slow for them`;
}
