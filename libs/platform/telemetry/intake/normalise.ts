import { scrubLine } from '../scrub-line.js';
import type { ForeignLine } from './foreign-line.js';
import { readForeign } from './formats.js';

/** For whom lines are taken in. */
export interface Intake {
  readonly app: string;
  readonly team: string;
  readonly instance: string;
}

/** What a whole line of ours would have told; how much of it a foreign one told is its distance. */
export const WANTED = [
  'time',
  'level',
  'app',
  'instance',
  'module',
  'operation',
  'trace',
  'span',
  'message',
] as const;

/** Gives a foreign line the one shape, and notes under `data.intake` what it has told by itself. Scrubbed as every line is. */
export function normalised(text: string, { app, team, instance }: Intake, now = new Date()): string {
  const [head = '', ...more] = text.split('\n');
  const read = readForeign(more.length > 0 && !head.startsWith('{') ? head : text);
  const stack = more.join('\n');
  const error =
    read.error ?? (stack ? { kind: kindIn(text), message: read.message ?? head, stack: text } : undefined);
  const has = WANTED.filter((name) => read[name as keyof ForeignLine] !== undefined);
  const line = {
    level: read.level ?? (error ? 'error' : 'info'),
    time: (read.time ?? now).toISOString(),
    app,
    instance: word(read.instance) ?? instance,
    ...(word(read.module) && { module: word(read.module) }),
    ...(read.operation && { operation: read.operation }),
    ...(read.trace && { trace: read.trace }),
    ...(read.span && { span: read.span }),
    ...(error && { error }),
    data: {
      ...read.data,
      ...(read.app && read.app !== app && { saidApp: read.app }),
      intake: { team, format: read.format, has },
    },
    message: read.message ?? '',
  };
  return scrubLine(`${JSON.stringify(line)}\n`);
}

function word(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.replaceAll(/\s+/g, '-');
}

function kindIn(text: string): string {
  return /\b(\w*(?:Error|Exception))\b/.exec(text)?.[1] ?? 'Error';
}

const CONTINUED =
  /^(?:\s+(?:at |\.\.\. \d+ more|File "|in |from )|\t|Caused by:|Traceback |\s{2,}\S|\w[\w.]*(?:Error|Exception)(?::|$))/;
const LONGEST = 64 * 1024;

/** Puts lines together that belong together: a stack follows the line that it explains. Bounded: a longer record is cut into several. */
export class Records {
  private held = '';

  /** Takes a line. @returns the record before it, once it is whole */
  add(line: string): string | undefined {
    const text = line.length > LONGEST ? line.slice(0, LONGEST) : line;
    if (this.held !== '' && CONTINUED.test(text) && this.held.length + text.length < LONGEST) {
      this.held += `\n${text}`;
      return undefined;
    }
    const whole = this.held;
    this.held = text.trim() === '' ? '' : text;
    return whole === '' ? undefined : whole;
  }

  /** What is still held, at the end or when nothing has come for a while. */
  end(): string | undefined {
    const whole = this.held;
    this.held = '';
    return whole === '' ? undefined : whole;
  }
}
