import { createHash } from 'node:crypto';
import { inAppFrame } from './in-app-frame.js';
import { templateOf } from './message-template.js';
import { parseStack } from './stack-text.js';

/** The failure of an attempt, as it was recorded. */
export interface RecordedError {
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string | null;
}

/** Why something gave up: the same for all that gave up for the same reason. */
export interface Cause {
  /** 12 hex digits, the same wherever and whenever it is computed. */
  readonly group: string;
  readonly errorClass: string;
  /** The message without what differs from case to case. */
  readonly message: string;
  /** The topmost frame in the application, without line: `reserve (libs/marketplace/stock/stock.data)`. */
  readonly frame: string | null;
  /** Class and message of the innermost cause; null when the error has no cause. */
  readonly root: string | null;
}

/** What a delivery is grouped under that gave up without a recorded attempt. */
const UNRECORDED: RecordedError = {
  errorClass: 'Unrecorded',
  message: 'no attempt was recorded',
  stack: null,
};

/**
 * Computes the cause. It is computed when it is asked for and nowhere stored, so a better rule regroups everything at once;
 * README.md tells what that costs.
 */
export function causeOf(recorded: RecordedError | null): Cause {
  const { errorClass, message: text, stack } = recorded ?? UNRECORDED;
  const message = templateOf(text);
  const { frame, root } = stack === null ? NOWHERE : originOf(belowHead(stack));
  const facts = [errorClass, message, frame, root].join('\n');
  const group = createHash('sha256').update(facts).digest('hex').slice(0, 12);
  return { group, errorClass, message, frame, root };
}

type Origin = Pick<Cause, 'frame' | 'root'>;
const NOWHERE: Origin = { frame: null, root: null };

/** Origins of the stacks read last. Those of one cause are the same but for their first line, and reading one takes 40 µs. */
const origins = new Map<string, Origin>();
const MOST_ORIGINS = 1_000;

function originOf(stack: string): Origin {
  const known = origins.get(stack);
  if (known) return known;
  const chain = parseStack(stack);
  const innermost = chain.length > 1 ? chain.at(-1) : undefined;
  const origin = {
    frame: first(chain, ({ frames }) => inAppFrame(frames)) ?? null,
    root: innermost ? `${innermost.errorClass}: ${templateOf(innermost.message)}` : null,
  };
  if (origins.size >= MOST_ORIGINS) origins.clear();
  origins.set(stack, origin);
  return origin;
}

/** The stack without the message at its top, which differs from case to case. */
function belowHead(stack: string): string {
  const at = stack.search(/\n(?=\s+at |\s*(?:Caused by: |\[cause\]: ))/);
  return at < 0 ? stack : `Error${stack.slice(at)}`;
}

/** The first that is something: an error made by a library has no frame of ours, but what it was caused by may have. */
function first<T, R>(all: readonly T[], pick: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const picked = pick(one);
    if (picked !== undefined) return picked;
  }
  return undefined;
}
