import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import pc from 'picocolors';

/** What a child tells once it answers. */
export interface ChildReady {
  readonly url: string;
  readonly modules: readonly string[];
}

/** How a child is started. */
export interface ChildOptions {
  /** What it is called in this terminal. */
  readonly name: string;
  /** The compiled main.js. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether its lines get its name in front. */
  readonly prefixed: () => boolean;
  /** Told when it died by itself, before it is started again; false: leave it dead. */
  readonly died: (death: Death) => boolean;
  /** How long the pause before it is started again may get, in milliseconds; default: 15 s. */
  readonly longestPauseMs?: number;
}

/** How a child died. */
export interface Death {
  readonly name: string;
  readonly pid: number | undefined;
  /** The signal or the exit code. */
  readonly how: string;
  /** Whether it has ever answered. */
  readonly answered: boolean;
  /** When it would be started again, in milliseconds. */
  readonly againInMs: number;
}

const COLOURS = [pc.cyan, pc.magenta, pc.yellow, pc.green, pc.blue, pc.red];
const QUICK_DEATH_MS = 10_000;
const LONGEST_PAUSE_MS = 15_000;
let children = 0;

/**
 * A process that is kept running: its lines appear in this terminal under its name, and it is started again when it dies, after
 * a pause that doubles while it keeps dying within ten seconds of its start.
 */
export class Child {
  private process: ChildProcess | undefined;
  private stopping = false;
  private pauseMs = 500;
  private timer: NodeJS.Timeout | undefined;
  private readonly prefix: string;
  /** While somebody else reports on the start, its lines are kept back, and shown only if it dies. */
  private keptBack: string[] | undefined = [];
  private answers: (ready: ChildReady) => void = () => undefined;
  private answered = false;
  /** Resolves when it answers for the first time. */
  readonly ready = new Promise<ChildReady>((resolve) => {
    this.answers = resolve;
  });

  constructor(private readonly options: ChildOptions) {
    const colour = COLOURS[children++ % COLOURS.length] ?? pc.cyan;
    this.prefix = colour(`${options.name.padEnd(11)} `);
    this.start();
  }

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Shows its lines from now on. */
  speak(): void {
    this.keptBack = undefined;
  }

  /** Asks it to stop, and kills it when it has not by the deadline, in milliseconds. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const { process: child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await gone;
    clearTimeout(late);
  }

  private start(): void {
    const { file, env } = this.options;
    const startedAt = performance.now();
    // A process group of its own: Ctrl-C reaches this process only, which stops the children in order.
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      env: { ...process.env, ...env, BANYAN_CHILD: 'true' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.process = child;
    this.show(child);
    child.on('message', (message) => {
      const { ready } = message as { ready?: ChildReady };
      if (!ready) return;
      this.answered = true;
      this.answers(ready);
    });
    const ended = (how: string) => this.ended(how, performance.now() - startedAt);
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return void process.stderr.write(`${this.prefix}${error.message}\n`);
      this.process = undefined; // there is nothing to stop; whether `close` comes depends on what was missing
      child.removeAllListeners('close');
      ended(`it could not be started: ${error.code ?? error.message}`);
    });
    // Not at `exit`: its last words may still be in the pipe.
    child.once('close', (code, signal) => ended(signal ?? `exit code ${code}`));
  }

  private ended(how: string, livedMs: number): void {
    if (this.stopping) return;
    for (const line of this.keptBack ?? []) process.stderr.write(`${this.prefix}${line}\n`);
    this.keptBack = this.keptBack && [];
    const { longestPauseMs = LONGEST_PAUSE_MS } = this.options;
    this.pauseMs = livedMs < QUICK_DEATH_MS ? Math.min(this.pauseMs * 2, longestPauseMs) : 500;
    const { name, answered, pauseMs: againInMs } = this;
    if (!this.options.died({ name, pid: this.pid, how, answered, againInMs })) return;
    this.timer = setTimeout(() => this.start(), this.pauseMs);
  }

  private show(child: ChildProcess): void {
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      if (!from) continue;
      createInterface({ input: from }).on('line', (line) => {
        if (this.keptBack) this.keptBack = [...this.keptBack.slice(-99), line];
        else to.write(`${this.options.prefixed() ? this.prefix : ''}${line}\n`);
      });
    }
  }
}
