import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Arm } from '../bed/fault-points.js';
import { freePort } from '../servers/ports.js';

/** How an app of the test bed is started. */
export interface AppOptions {
  /** `together`, or the one module that runs in it. */
  readonly app: string;
  /** The compiled main of the test bed. */
  readonly main: string;
  /** Where its lines and its reports go. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Flags of Node: a small memory, for one. */
  readonly flags?: readonly string[];
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a process may take until it answers, in milliseconds: two seconds, and a minute on a machine with ten times its load. */
const READY_WITHIN_MS = 120_000;

/** An app of the test bed as a process of its own; started again, on the same port, whenever it dies. */
export class AppProcess {
  private child: ChildProcess | undefined;
  private supervised = true;
  private readyAgain: Promise<void> = Promise.resolve();
  /** Every end of it that nobody had asked for. */
  readonly deaths: Ended[] = [];
  private readonly reached = new Map<string, number>();

  private constructor(
    private readonly options: AppOptions,
    private readonly port: number,
  ) {}

  static async start(options: AppOptions): Promise<AppProcess> {
    const app = new AppProcess(options, await freePort());
    app.launch();
    await app.ready();
    return app;
  }

  get app(): string {
    return this.options.app;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Resolves when it answers, after however many deaths. */
  async ready(): Promise<void> {
    const end = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const { readyAgain } = this;
      await Promise.race([
        readyAgain,
        pause(Math.max(0, end - performance.now()), undefined, { ref: false }),
      ]);
      if (performance.now() >= end)
        throw new Error(`${this.app} does not answer: see ${this.options.folder}.`);
      if (readyAgain === this.readyAgain) return;
    }
  }

  /** Arms a place in it; resolves when it has heard. The arms of a process die with it. */
  async arm(arm: Arm): Promise<void> {
    const { child } = this;
    if (!child?.connected) throw new Error(`${this.app} does not run, so nothing can be armed in it.`);
    const heard = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
    child.send({ arm });
    await heard;
  }

  /** How often an armed place has been struck in it. */
  strikes(point: string): number {
    return this.reached.get(point) ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name); // false, and no harm, if it has just died
  }

  /** Kills it; it is started again by itself. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Asks it to stop in good order, and leaves it stopped; killed after `withinMs`. */
  async stop(withinMs = 15_000): Promise<Ended & { readonly ms: number }> {
    this.supervised = false;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null)
      return { code: 0, signal: null, ms: 0 };
    const began = performance.now();
    const gone = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
    const [code, signal] = await gone;
    clearTimeout(late);
    return { code, signal, ms: performance.now() - began };
  }

  /** Starts it after a stop. */
  async startAgain(): Promise<void> {
    this.supervised = true;
    this.launch();
    await this.ready();
  }

  private launch(): void {
    const { app, main, folder, env, flags = [] } = this.options;
    const lines = openSync(join(folder, `${app}-${this.port}.lines.ndjson`), 'a');
    const words = openSync(join(folder, `${app}-${this.port}.words.txt`), 'a');
    const child = spawn(process.execPath, [...flags, main, app], {
      // Nothing of the caller's own settings: every run gets the same.
      env: { PATH: process.env['PATH'] ?? '', ...env, PORT: String(this.port), BED_FOLDER: folder },
      stdio: ['ignore', lines, words, 'ipc'],
    });
    this.child = child;
    this.readyAgain = new Promise((resolve) => {
      child.on('message', (message) => {
        const { ready, reached } = message as { ready?: object; reached?: string };
        if (ready) resolve();
        if (reached) this.reached.set(reached, this.strikes(reached) + 1);
      });
    });
    child.once('exit', (code, signal) => {
      if (!this.supervised) return;
      this.deaths.push({ code, signal });
      this.readyAgain = pause(200, undefined, { ref: false }).then(() => {
        if (!this.supervised) return;
        this.launch();
        return this.readyAgain;
      });
    });
  }
}
