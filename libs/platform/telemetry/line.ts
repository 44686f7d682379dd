import { callContext } from './call-context.js';
import { type ErrorField, errorField } from './error-field.js';

/**
 * One line, the same in every app and module; README.md says what each field means. `time`, `level`, `app`, `instance`
 * and `message` stand in every line, the rest where it is known.
 */
export interface Line {
  readonly time: string;
  readonly level: LevelWord;
  readonly app: string;
  readonly instance: string;
  readonly module?: string;
  readonly tier?: string;
  readonly operation?: string;
  readonly trace?: string;
  readonly span?: string;
  readonly tenant?: string;
  readonly logger?: string;
  readonly message: string;
  readonly error?: ErrorField;
  readonly data?: Readonly<Record<string, unknown>>;
}

export type LevelWord = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Fields that who writes a line may set in place of the call context (a sweep that reports about many deliveries). */
const CONTEXT_FIELDS = ['module', 'tier', 'operation', 'trace', 'span', 'tenant', 'logger'] as const;
const PLACED = new Set<string>([...CONTEXT_FIELDS, 'err', 'error']);

/**
 * Gives whatever somebody logged the shape of a line: context fields from the running call, the error described, and all
 * else under `data`, where no name can collide with the line's own.
 */
export function shaped(logged: Record<string, unknown>): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  const context = callContext();
  if (context) {
    line['module'] = context.module;
    line['operation'] = context.operation;
    line['trace'] = context.trace.traceId;
    line['span'] = context.trace.spanId;
    if (context.tenant !== undefined) line['tenant'] = context.tenant;
  }
  for (const name of CONTEXT_FIELDS) {
    if (typeof logged[name] === 'string') line[name] = logged[name];
  }
  const thrown = logged['error'] ?? logged['err'];
  if (thrown !== undefined) line['error'] = errorField(thrown);
  let data: Record<string, unknown> | undefined;
  for (const name in logged) {
    const value = logged[name];
    if (value === undefined || (PLACED.has(name) && isPlaced(name, value))) continue;
    data ??= {};
    data[name] = typeof value === 'object' ? withErrorsDescribed(value) : value;
  }
  if (data) line['data'] = data;
  return line;
}

/** A name of the line's own that carries something else than the line would (an object `module`) is data after all. */
function isPlaced(name: string, value: unknown): boolean {
  return name === 'error' || name === 'err' || typeof value === 'string';
}

const ERRORS_SOUGHT_TO_DEPTH = 5;

/** Replaces live errors inside data: as JSON they would show whatever libraries hang on them. Copies only where it must. */
function withErrorsDescribed(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return errorField(value);
  if (typeof value !== 'object' || value === null || depth === ERRORS_SOUGHT_TO_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => withErrorsDescribed(item, depth + 1));
  let copy: Record<string, unknown> | undefined;
  for (const [name, item] of Object.entries(value)) {
    const described = withErrorsDescribed(item, depth + 1);
    if (described === item) continue;
    copy ??= { ...value };
    copy[name] = described;
  }
  return copy ?? value;
}

/** The sentence of a line whose author gave none: the object's own message, or its error's. */
export function sentenceOf(logged: Record<string, unknown>): string {
  if (typeof logged['message'] === 'string') return logged['message'];
  const thrown = logged['error'] ?? logged['err'];
  return thrown === undefined ? '' : errorField(thrown).message;
}
