import { type DestinationStream, type Logger, pino } from 'pino';
import { type LevelWord, sentenceOf, shaped } from './line.js';
import { scrubLine } from './scrub-line.js';

/** Who writes: the app's name and the instance of it. */
export interface Writer {
  readonly app: string;
  readonly instance: string;
}

const BOUND = Symbol('bound fields');
interface WithBound extends Logger {
  [BOUND]?: Record<string, unknown>;
}

/**
 * A pino logger whose lines have the one shape, whoever logs through it.
 *
 * @param level the lowest level that is written
 * @param writer asked for every line
 * @param destination where finished, scrubbed lines go
 */
export function pinoFor(
  level: LevelWord | 'silent',
  writer: () => Writer,
  destination: DestinationStream,
): Logger {
  const logger: WithBound = pino(
    {
      level,
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
        logMethod(args: unknown[], method) {
          const [first] = args;
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
