import { type DestinationStream, type Logger, pino } from 'pino';
import { callContext } from './call-context.js';
import type { FloodGuard } from './flood-guard.js';
import type { Levels } from './levels/levels.js';
import { sentenceOf, shaped } from './line.js';
import { ONE_PER_CALL } from './platform-log.js';
import { scrubLine } from './scrub-line.js';

/** Who writes: the app's name and the instance of it. */
export interface Writer {
  readonly app: string;
  readonly instance: string;
}

/** What decides whether a line is written at all. */
export interface Gate {
  readonly levels: Levels;
  readonly flood: FloodGuard;
}

const BOUND = Symbol('bound fields');
interface WithBound extends Logger {
  [BOUND]?: Record<string, unknown>;
}

/**
 * A pino logger whose lines have the one shape, whoever logs through it.
 *
 * @param gate asked for every line that comes from its level on
 * @param writer asked for every line
 * @param destination where finished, scrubbed lines go
 */
export function pinoFor(gate: () => Gate, writer: () => Writer, destination: DestinationStream): Logger {
  const logger: WithBound = pino(
    {
      level: gate().levels.lowest,
      base: undefined,
      messageKey: 'message',
      errorKey: 'error',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (logged) => ({ ...writer(), ...shaped(logged) }),
      },
      // The error is described in `shaped`; pino's own serializer would add the properties that libraries hang on it.
      serializers: { error: (error) => error, err: (error) => error },
      mixin: (_logged, _level, own) => ({ ...(own as WithBound)[BOUND] }),
      hooks: {
        logMethod(args: unknown[], method, level) {
          const [first] = args;
          if (!passes(gate(), level, first, args)) return;
          if (args.length === 1 && typeof first === 'object' && first !== null && !(first instanceof Error)) {
            args.push(sentenceOf(first as Record<string, unknown>));
          }
          method.apply(this, args as Parameters<typeof method>);
        },
        streamWrite: scrubLine,
      },
    },
    destination,
  );
  bindInsideData(logger);
  return logger;
}

/** pino writes what `child` binds beside the line's own fields; here it joins what is logged, so that it ends under `data`. */
function bindInsideData(logger: WithBound): void {
  const child: (bindings: object, options?: object) => WithBound = Reflect.get(logger, 'child');
  const bound = function (this: WithBound, bindings: Record<string, unknown>, options?: object): WithBound {
    const made = child.call(this, {}, options);
    made[BOUND] = { ...this[BOUND], ...bindings };
    return made;
  };
  Object.assign(logger, { child: bound });
}

function passes({ levels, flood }: Gate, level: number, first: unknown, args: readonly unknown[]): boolean {
  const fields = typeof first === 'object' && first !== null ? (first as LoggedFields) : NO_FIELDS;
  if (levels.differ && !levels.passes(level, moduleOf(fields))) return false;
  if (fields[ONE_PER_CALL] === true) return true;
  const thrown = (first instanceof Error ? first : (fields.error ?? fields.err)) as
    | Partial<Error>
    | undefined;
  const text = typeof first === 'string' ? first : args[1];
  const message = typeof text === 'string' ? text : (thrown?.message ?? '');
  return flood.passes(level, String(message), thrown?.name);
}

interface LoggedFields {
  readonly [ONE_PER_CALL]?: true;
  readonly module?: unknown;
  readonly error?: unknown;
  readonly err?: unknown;
}
const NO_FIELDS: LoggedFields = {};

/** The module that a line speaks about: the author's word, or the one whose code runs. */
function moduleOf({ module }: LoggedFields): string | undefined {
  return typeof module === 'string' ? module : callContext()?.module;
}
