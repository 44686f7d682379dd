import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a client asked for and how it came out, all attempts together: `ok` if any was, `info` if nobody knows. */
export interface Asked {
  readonly opId: string;
  readonly f: string;
  type: 'ok' | 'fail' | 'info';
  readonly args: Record<string, unknown>;
  readonly trace: string;
  /** First invocation and last answer, in nanoseconds on one clock; an answer that never came is as late as can be. */
  readonly from: bigint;
  to: bigint;
  result?: Record<string, unknown>;
  attempts: number;
  answered: number;
}

/** A listener's own account that it was called. */
export interface Attempted {
  readonly at: number;
  readonly listener: string;
  readonly event: string;
}

/** What an operator has told the platform to do about a delivery; acknowledged when the command has said that it is done. */
export interface Decided {
  readonly action: string;
  readonly listener: string;
  readonly event: string;
  acknowledged: boolean;
}

const NEVER = 2n ** 63n;

/** Reads the history of a folder. */
export function readHistory(folder: string): Asked[] {
  const asked = new Map<string, Asked>();
  for (const line of linesOf(join(folder, 'history.jsonl'))) {
    const { opId, f, type, args, result, trace, t } = line as Record<string, never>;
    const known: Asked = asked.get(opId) ?? {
      ...{
        opId,
        f,
        type: 'fail',
        args: args ?? {},
        trace,
        from: BigInt(t),
        to: NEVER,
        attempts: 0,
        answered: 0,
      },
    };
    asked.set(opId, known);
    if (type === 'invoke') {
      known.attempts += 1;
      known.to = NEVER;
      continue;
    }
    known.answered += 1;
    if (type === 'ok') Object.assign(known, { type: 'ok', result });
    if (type === 'info' && known.type === 'fail') known.type = 'info';
    if (known.type !== 'info') known.to = BigInt(t);
  }
  // What was never answered, nobody knows.
  for (const each of asked.values()) {
    if (each.attempts > each.answered && each.type === 'fail') each.type = 'info';
  }
  return [...asked.values()];
}

/** Reads what the listeners wrote down when they were called. */
export function readAttempts(folder: string): Attempted[] {
  return readdirSync(folder)
    .filter((name) => /^attempts-\d+\.jsonl$/.test(name))
    .flatMap((name) => linesOf(join(folder, name)) as unknown as Attempted[]);
}

/** Reads what operators have decided, in the order in which their commands have ended; those that never did come last. */
export function readDecisions(folder: string): Decided[] {
  const begun = new Map<unknown, Decided>();
  const ended: Decided[] = [];
  for (const { id, code, ...decided } of linesOf(join(folder, 'decisions.jsonl'))) {
    const known = begun.get(id);
    if (known) ended.push({ ...known, acknowledged: code === 0 });
    if (known) begun.delete(id);
    else begun.set(id, { ...(decided as unknown as Decided), acknowledged: false });
  }
  return [...ended, ...begun.values()];
}

/** Whole lines of JSON; a process that was killed while it wrote leaves half of one, which says nothing. */
export function linesOf(file: string): Record<string, unknown>[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
}
