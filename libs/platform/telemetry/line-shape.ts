import { THRESHOLDS } from './levels/levels.js';

/** One field of a line: what it holds, and where it belongs. */
export interface LineField {
  readonly name: string;
  /** `every`: in every line; `call`: in every line of a call (one with a trace); `some`: where it is known. */
  readonly in: 'every' | 'call' | 'some';
  /** For people: `ISO 8601, UTC, milliseconds`. */
  readonly holds: string;
  readonly fits: (value: unknown) => boolean;
}

const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const word = matches(/^\S+$/);
const text = (value: unknown) => typeof value === 'string';
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The documented fields, in the order in which they are written; README.md says what each means. */
export const LINE_FIELDS: readonly LineField[] = [
  {
    ...{ name: 'level', in: 'every', holds: 'trace, debug, info, warn, error or fatal' },
    fits: (value) => value !== 'silent' && THRESHOLDS.some((level) => level === value),
  },
  {
    ...{ name: 'time', in: 'every', holds: 'ISO 8601, UTC, milliseconds' },
    fits: matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  },
  { name: 'app', in: 'every', holds: 'a name', fits: word },
  { name: 'instance', in: 'every', holds: 'a name', fits: word },
  { name: 'module', in: 'some', holds: 'a name', fits: word },
  {
    name: 'tier',
    in: 'some',
    holds: 'edge, process, data or gateway',
    fits: matches(/^(edge|process|data|gateway)$/),
  },
  { name: 'operation', in: 'call', holds: 'what runs', fits: text },
  { name: 'trace', in: 'call', holds: '32 hex digits', fits: matches(/^(?!0{32})[0-9a-f]{32}$/) },
  { name: 'span', in: 'call', holds: '16 hex digits', fits: matches(/^(?!0{16})[0-9a-f]{16}$/) },
  { name: 'tenant', in: 'some', holds: 'a name', fits: word },
  { name: 'logger', in: 'some', holds: 'a name', fits: text },
  { name: 'error', in: 'some', holds: '{ kind, code?, message, stack?, cause? }', fits: isErrorField },
  { name: 'data', in: 'some', holds: 'an object', fits: isRecord },
  { name: 'message', in: 'every', holds: 'a sentence', fits: text },
];

const NAMES = new Set(LINE_FIELDS.map(({ name }) => name));

/** What is wrong with a line, in words for people; empty when it has the one shape. */
export function lineFaults(line: unknown): readonly string[] {
  if (!isRecord(line)) return ['it is no object'];
  const faults = Object.keys(line)
    .filter((name) => !NAMES.has(name))
    .map((name) => `${name} is no field of a line: it belongs under data`);
  const isCall = line['trace'] !== undefined;
  for (const field of LINE_FIELDS) {
    const value = line[field.name];
    const missing = field.in === 'every' || (field.in === 'call' && isCall);
    if (value === undefined) {
      if (missing) faults.push(`${field.name} is missing`);
    } else if (!field.fits(value)) faults.push(`${field.name} does not hold ${field.holds}`);
  }
  return faults;
}

function isErrorField(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { kind, code, message, stack, cause, ...more } = value;
  const optional = [code, stack].every((each) => each === undefined || typeof each === 'string');
  const whole = typeof kind === 'string' && typeof message === 'string' && Object.keys(more).length === 0;
  return whole && optional && (cause === undefined || isErrorField(cause));
}
