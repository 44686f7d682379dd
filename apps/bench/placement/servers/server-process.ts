import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How long a process may take until it answers; twelve start at a time on two cores. */
const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 15_000;

/** What a process of a variant is. */
export interface ServerSpec {
  readonly name: string;
  /** Its compiled main, below the folder of compiled apps: `services/order/main.js`. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A process that answers requests; what it prints is shown when it does not start, or dies. */
export class ServerProcess {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    /** Where it answers, as it said itself. */
    readonly url: string,
  ) {}

  /** Starts it, and waits until it says `{ ready: { url } }`. */
  static async start({ name, file, args = [], env }: ServerSpec): Promise<ServerProcess> {
    const child = fork(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), [...args], {
      // Nothing of the caller's own settings: every variant gets the same.
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).slice(-4_000);
      });
    }
    const url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(failed('does not answer')), READY_WITHIN_MS);
      const failed = (what: string) => new Error(`${name} ${what}. It printed:\n${printed || '(nothing)'}`);
      child.once('exit', (code, signal) => reject(failed(`ended (${signal ?? `exit code ${code}`})`)));
      child.on('message', (message) => {
        const { ready } = message as { ready?: { url: string } };
        if (!ready) return;
        clearTimeout(late);
        child.removeAllListeners('exit');
        resolve(ready.url);
      });
    }).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    return new ServerProcess(name, child, url);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Throws when it has died since: figures without one of the processes mean nothing. */
  assertAlive(): void {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`${this.name} died during the benchmark (${signalCode ?? `exit code ${exitCode}`}).`);
    }
  }

  /** Asks it to stop, and ends it when it has not in time. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(late);
  }
}
