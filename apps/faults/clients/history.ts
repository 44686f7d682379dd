import { appendFileSync } from 'node:fs';

/** How an attempt of a client's operation came out: `fail` only when it surely was not done, `info` when nobody knows. */
export type Outcome = 'invoke' | 'ok' | 'fail' | 'info';

/** A line of a client's history. */
export interface HistoryLine {
  /** On the monotonic clock that all processes of a machine share, in nanoseconds. */
  readonly t: string;
  readonly client: number;
  readonly opId: string;
  readonly f: string;
  readonly type: Outcome;
  readonly args?: unknown;
  readonly result?: unknown;
  readonly trace: string;
}

/** What the clients saw, kept outside of the system: a line before each request and one after it. */
export class History {
  readonly counts: Record<Outcome, number> = { invoke: 0, ok: 0, fail: 0, info: 0 };

  constructor(private readonly file: string) {}

  write(line: Omit<HistoryLine, 't'>): void {
    this.counts[line.type] += 1;
    appendFileSync(this.file, `${JSON.stringify({ t: process.hrtime.bigint().toString(), ...line })}\n`);
  }
}
