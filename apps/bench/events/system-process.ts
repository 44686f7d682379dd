import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Done, Task } from './systems/task.js';
import type { SystemName } from './variants.js';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

/** A task may wait two minutes for its last effect. */
const ANSWER_WITHIN_MS = 300_000;

/** A system in a process of its own. */
export class SystemProcess {
  private printed = '';

  private constructor(
    readonly name: SystemName,
    private readonly child: ChildProcess,
  ) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.printed = (this.printed + text).slice(-4_000);
    });
  }

  /** Starts it, and waits until it is ready. */
  static async start(name: SystemName, database: string, redis: string): Promise<SystemProcess> {
    const child = fork(
      fileURLToPath(new URL('./systems/main.js', import.meta.url)),
      [name, database, redis],
      {
        // Nothing of the caller's own settings: every system gets the same.
        env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
        // A log costs what it costs to write; nobody reads it here.
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    const system = new SystemProcess(name, child);
    try {
      await system.answer('ready', READY_WITHIN_MS);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return system;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** @throws Error when the task could not be done */
  async perform(task: Task): Promise<Done> {
    const answer = this.answer('done', ANSWER_WITHIN_MS);
    this.child.send(task);
    return (await answer) as Done;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    this.child.disconnect();
    await gone;
    clearTimeout(late);
  }

  /** The next message of a kind; whatever else comes first is a failure. */
  private answer(kind: 'ready' | 'done', withinMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(late);
        this.child.off('exit', died).off('message', told);
        act();
      };
      const failed = (what: string) =>
        new Error(`${this.name} ${what}. It printed:\n${this.printed || '(nothing)'}`);
      const died = (code: number | null, signal: string | null) =>
        settle(() => reject(failed(`ended (${signal ?? `exit code ${code}`})`)));
      const told = (message: unknown) => {
        const { [kind]: value, error } = message as Record<string, unknown>;
        settle(() => (value === undefined ? reject(failed(`failed: ${String(error)}`)) : resolve(value)));
      };
      const late = setTimeout(
        () => settle(() => reject(failed(`gave no answer in ${withinMs / 1_000} s`))),
        withinMs,
      );
      this.child.on('exit', died).on('message', told);
    });
  }
}
