import { spawn } from 'node:child_process';

/** The operating-system user that a server runs as; undefined means the user of this process. */
export type ServerUser = { readonly uid: number; readonly gid: number } | undefined;

/** What a finished command said: its exit code (-1: killed at the deadline) and both outputs in one string. */
export interface Finished {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs a command to its end and never rejects for its exit code.
 *
 * It works from `/`, because a working folder that `user` may not enter makes Postgres's programs fail, and in a session
 * of its own, so that Ctrl-C in the terminal cannot cut an `initdb` in half.
 *
 * @param within deadline in milliseconds, after which the command is killed.
 * @throws the error of the operating system when the program cannot be started at all.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { user?: ServerUser; within: number; env?: NodeJS.ProcessEnv; cwd?: string },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.env ? { env: options.env } : {}),
      ...(options.user ?? {}),
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const deadline = setTimeout(() => child.kill('SIGKILL'), options.within);
    child.once('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    // 'exit', not 'close': a server that a command leaves behind may hold its output open.
    child.once('exit', (code) => {
      clearTimeout(deadline);
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString() });
      });
    });
  });
}
