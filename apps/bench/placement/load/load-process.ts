import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadResult, LoadTask } from './task.js';

/** The process that asks: apart from the servers, so that its work is not counted as theirs. */
export class LoadProcess {
  private readonly child: ChildProcess = fork(fileURLToPath(new URL('./main.js', import.meta.url)));

  /** @throws Error when the load could not be made at all; refused requests are part of the result */
  run(task: LoadTask): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const died = () => reject(new Error('The load process died.'));
      this.child.once('exit', died);
      this.child.once('message', (message) => {
        this.child.off('exit', died);
        const { result, error } = message as { result?: LoadResult; error?: string };
        if (result) resolve(result);
        else reject(new Error(error));
      });
      this.child.send(task);
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  stop(): void {
    this.child.disconnect();
  }
}
