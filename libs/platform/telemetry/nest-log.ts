import type { LoggerService } from '@nestjs/common';
import type { LevelWord } from './line.js';
import type { AppLog } from './log.js';

/** Nest's account of its own start: one line per module and route, worth reading only when looking for something there. */
const CHATTER = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
]);

/**
 * The app's log as `NestFactory.create(module, adapter, { logger })` and Nest's `Logger` want it. Understands what
 * Nest's ConsoleLogger does: a context as the last string, a stack before it, objects after the message.
 */
export function nestLogger(log: AppLog): LoggerService {
  const write = (level: LevelWord, given: unknown[]) => {
    const { logger, stack, fields, messages } = sorted(given);
    const quiet = level === 'info' && logger !== undefined && CHATTER.has(logger);
    for (const message of messages) {
      const error =
        message instanceof Error ? message : stack === undefined ? undefined : recalled(message, stack);
      log.pino[quiet ? 'debug' : level]({ ...fields, logger, error }, sentence(message));
    }
  };
  return {
    verbose: (...given) => write('trace', given),
    debug: (...given) => write('debug', given),
    log: (...given) => write('info', given),
    warn: (...given) => write('warn', given),
    error: (...given) => write('error', given),
    fatal: (...given) => write('fatal', given),
  };
}

const STACK = /\n\s+at .+/;

function sorted(given: unknown[]) {
  const rest = given.slice(1);
  const last = rest.at(-1);
  const logger = typeof last === 'string' && !STACK.test(last) ? (rest.pop() as string) : undefined;
  const stacks = rest.filter((item): item is string => typeof item === 'string' && STACK.test(item));
  const objects = rest.filter(
    (item) => typeof item === 'object' && item !== null && !(item instanceof Error),
  );
  const errors = rest.filter((item) => item instanceof Error);
  const texts = rest.filter(
    (item) => typeof item !== 'object' && item !== undefined && !stacks.includes(String(item)),
  );
  const fields: Record<string, unknown> = Object.assign({}, ...objects);
  const messages =
    errors.length > 0 && typeof given[0] === 'string' ? [given[0], ...errors] : [given[0], ...texts];
  return { logger, stack: stacks[0], fields, messages };
}

/** Nest hands a caught error over as its message and its stack. */
function recalled(message: unknown, stack: string): Error {
  const error = new Error(sentence(message));
  error.name = /^(\w+):/.exec(stack)?.[1] ?? 'Error';
  error.stack = stack;
  return error;
}

function sentence(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'object' && message !== null ? JSON.stringify(message) : String(message);
}
