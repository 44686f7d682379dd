import pc from 'picocolors';
import type { ErrorField } from './error-field.js';
import type { LevelWord, Line } from './line.js';

const LEVELS: Readonly<Record<LevelWord, (word: string) => string>> = {
  trace: pc.dim,
  debug: pc.dim,
  info: pc.green,
  warn: pc.yellow,
  error: pc.red,
  fatal: pc.bgRed,
};

/** Turns a finished JSON line into one for people at a terminal; a stack follows on lines of its own. */
export function readable(json: string): string {
  const line = JSON.parse(json) as Line;
  const level = LEVELS[line.level](line.level.toUpperCase().padEnd(5));
  const where = [line.module, line.operation ?? line.logger].filter((word) => word !== undefined).join(' ');
  const facts = Object.entries(line.data ?? {}).map(([name, value]) => `${name}=${short(value)}`);
  const parts = [
    pc.dim(clock(line.time)),
    level,
    where && pc.cyan(inert(where)),
    inert(line.message),
    pc.dim(inert(facts.join(' '))),
    line.trace && pc.dim(line.trace),
  ];
  return `${parts.filter(Boolean).join(' ')}\n${line.error ? failure(line.error) : ''}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Control bytes as text: what somebody sent us must not move the cursor, clear the screen or fake a line. */
function inert(text: string): string {
  return text.replace(OBEYED, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function failure(error: ErrorField, depth = 0): string {
  const label = depth === 0 ? '' : 'caused by ';
  const told = `${label}${error.kind}${error.code ? ` ${error.code}` : ''}: ${error.message}`;
  // The first lines of a stack repeat class and message: only the frames are wanted.
  const frames = (error.stack ?? '').split('\n').filter((frame) => /^\s+at /.test(frame));
  const lines = [pc.red(inert(told)), ...frames.map((frame) => pc.dim(`  ${inert(frame.trim())}`))];
  const text = lines.map((line) => `    ${line}\n`).join('');
  return error.cause ? text + failure(error.cause, depth + 1) : text;
}

function short(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
}

/** Local time of day with milliseconds. */
function clock(iso: string): string {
  const time = new Date(iso);
  const two = (part: number) => String(part).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
