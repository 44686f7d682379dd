import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Whether a process of this number exists; a zombie counts, so ask `commandLine` for what it is. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The command line of a living process, its arguments separated by blanks; empty for a dead one and for a zombie. A number alone
 * proves nothing: after a restart of a container the old server's number belongs to somebody else.
 */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return raw.replaceAll('\0', ' ').trim();
  }
  const listed = promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']);
  return listed.then(({ stdout }) => stdout.trim()).catch(() => '');
}

/** When a process began, in the kernel's own count: tells a process from a later one of the same number. Empty when unknown. */
export async function beginning(pid: number): Promise<string> {
  if (process.platform !== 'linux') return '';
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in brackets and may contain blanks; the beginning is the 22nd.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Whether any process works in `folder`: what a killed server leaves behind for a moment. Linux only; elsewhere false. */
export async function anyoneWorksIn(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return folders.includes(folder);
}
