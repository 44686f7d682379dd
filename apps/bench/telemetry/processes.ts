import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { processorSeconds } from '../measure/processor-time.js';
import type { LoadResult, LoadTask } from './load.js';
import type { VariantName } from './variants.js';

const READY_WITHIN_MS = 60_000;

/** A variant that runs. Its lines go to /dev/null, where writing is nearly free for all of them. */
export class Variant {
  private constructor(
    readonly name: VariantName,
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(name: VariantName, database: string): Promise<Variant> {
    const child = fork(file('./app/main.js'), [name, database], {
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const late = AbortSignal.timeout(READY_WITHIN_MS);
    const [message] = (await Promise.race([
      once(child, 'message', { signal: late }),
      once(child, 'exit').then(() =>
        Promise.reject(new Error(`The variant "${name}" ended before it answered.`)),
      ),
    ])) as [{ ready: { url: string } }];
    return new Variant(name, message.ready.url, child);
  }

  /** Processor time until now, in seconds. */
  processorSeconds(): number {
    return processorSeconds(this.child.pid as number);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

/** The process that asks. */
export class Load {
  private readonly child = fork(file('./load.js'));

  async run(task: LoadTask): Promise<LoadResult> {
    this.child.send(task);
    return ((await once(this.child, 'message')) as [LoadResult])[0];
  }

  processorSeconds(): number {
    return processorSeconds(this.child.pid as number);
  }

  stop(): void {
    this.child.disconnect();
  }
}

function file(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
