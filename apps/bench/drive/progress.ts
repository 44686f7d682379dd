import pc from 'picocolors';

/** Where progress goes: a terminal's line is rewritten; elsewhere a line is written every five seconds. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const EVERY_MS = { terminal: 500, file: 5_000 };

/** One line that says how a phase is doing. */
export class Progress {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly sink: Sink = process.stdout) {}

  /** Shows `line()` until {@link end}. */
  begin(line: () => string): void {
    this.end();
    const show = () => this.sink.write(this.sink.isTTY ? `\r\x1b[2K${line()}` : `${line()}\n`);
    this.timer = setInterval(show, this.sink.isTTY ? EVERY_MS.terminal : EVERY_MS.file);
    this.timer.unref();
  }

  /** Stops showing the line, and writes `last` in its place. */
  end(last?: string): void {
    if (this.timer) {
      clearInterval(this.timer);
      if (this.sink.isTTY) this.sink.write('\r\x1b[2K');
    }
    this.timer = undefined;
    if (last) this.sink.write(`${last}\n`);
  }
}

/** What the line of a running workload tells. */
export interface Live {
  readonly elapsedSeconds: number;
  readonly seconds: number;
  readonly completed: number;
  readonly outstanding: number;
  readonly aborts: number;
  readonly failedRequests: number;
}

/** Makes the line of a running workload; remembers the line before, to know the rate of now. */
export function workloadLine(): (live: Live) => string {
  let before = { at: 0, completed: 0 };
  return (live) => {
    const since = live.elapsedSeconds - before.at;
    const now = since > 0 ? (live.completed - before.completed) / since : 0;
    before = { at: live.elapsedSeconds, completed: live.completed };
    const mean = live.elapsedSeconds > 0 ? live.completed / live.elapsedSeconds : 0;
    const alarming = (count: number, text: string) => (count > 0 ? pc.yellow(text) : pc.dim(text));
    return [
      `${live.elapsedSeconds.toFixed(0).padStart(4)} of ${live.seconds} s`,
      `${pc.bold(now.toFixed(0).padStart(5))} tx/s now`,
      `${mean.toFixed(0).padStart(5)} mean`,
      `${live.outstanding} outstanding`,
      alarming(live.aborts, `${live.aborts} aborts`),
      alarming(live.failedRequests, `${live.failedRequests} failed requests`),
    ].join('  ');
  };
}
