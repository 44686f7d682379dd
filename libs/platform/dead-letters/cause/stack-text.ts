/** One line of a stack that says where in a file. */
export interface Frame {
  /** As V8 names it, `Stock.reserve`; empty for one without a name. */
  readonly call: string;
  readonly file: string;
}

/** One error of a chain of causes, as its stack tells. */
export interface Thrown {
  readonly errorClass: string;
  readonly message: string;
  readonly frames: readonly Frame[];
}

/** A stack of more frames, or a longer chain, adds nothing to the cause. */
const MOST_FRAMES = 50;
const MOST_CAUSES = 8;

/** Between an error and its cause: as {@link stackWithCauses} writes it, and as Node's inspect does. */
const CAUSED_BY = /\n\s*(?:Caused by: |\[cause\]: )/;
const HEAD = /^(?:Uncaught )?([\w$.]+)(?: \[\w+\])?(?:: ([\s\S]*))?$/;
const FRAME = /^\s+at (?:async )?(?:(.*?) \()?((?:[A-Za-z]:)?[^:()]+(?::\/\/[^:()]+)?):\d+:\d+\)?$/;

/** Reads the text of a stack: the error first, then its cause, and so on to the innermost. */
export function parseStack(text: string): Thrown[] {
  return text.split(CAUSED_BY).slice(0, MOST_CAUSES).map(toThrown);
}

function toThrown(text: string): Thrown {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  const head = (first < 0 ? lines : lines.slice(0, first)).join('\n').trim();
  const named = HEAD.exec(head);
  const frames = first < 0 ? [] : lines.slice(first, first + MOST_FRAMES).map(toFrame);
  return {
    errorClass: named?.[1] ?? 'Error',
    message: named ? (named[2] ?? '') : head,
    frames: frames.filter((frame) => frame !== undefined),
  };
}

/** Lines without a file (`Promise.all (index 0)`, native code) say nothing about the application. */
function toFrame(line: string): Frame | undefined {
  const [, call = '', file] = FRAME.exec(line) ?? [];
  return file === undefined
    ? undefined
    : { call, file: file.replace(/^file:\/\//, '').replaceAll('\\', '/') };
}

/** Bytes that each error of a chain may take, so that the innermost is never what gets cut off. */
const PER_ERROR = 2_400;
const DEEPEST = 4;

/**
 * The stack of an error and, behind `Caused by:`, those of its causes: what an attempt is recorded with. Whatever was thrown,
 * this does not throw: it runs while a failure is being written down.
 */
export function stackWithCauses(error: unknown): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (
    let each = error;
    each !== undefined && each !== null && parts.length < DEEPEST;
    each = causeOf(each)
  ) {
    if (seen.has(each)) break; // an error can be its own cause
    seen.add(each);
    parts.push(told(each).slice(0, PER_ERROR));
  }
  return parts.join('\nCaused by: ');
}

function causeOf(error: unknown): unknown {
  return quietly(() => {
    const { cause, errors } = error as { cause?: unknown; errors?: unknown };
    return cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  });
}

function told(error: unknown): string {
  const stack = quietly(() => (error as { stack?: unknown }).stack);
  if (typeof stack === 'string' && stack !== '') return stack;
  return quietly(() => String(error)) ?? 'something that can not be shown';
}

/** A getter of a thrown object may throw in turn. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
