import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * A name for this process that no other one has or had. Machine and process number are in it: `buryProcess` looks for them, and
 * {@link surelyGone} asks the kernel.
 */
export function instanceId(): string {
  return `${hostname()}-${process.pid}-${KERNEL}${randomBytes(3).toString('hex')}`;
}

/**
 * Whether an instance ran beside this one, seen by the same kernel in the same processes' namespace, and its process exists no more.
 *
 * @returns false also when this can't be known from here: on another machine, in another container, or where something else has got
 *   its number
 */
export function surelyGone(instance: string): boolean {
  const own = `${hostname()}-`;
  const [, pid, kernel] = instance.startsWith(own) ? (PARTS.exec(instance.slice(own.length)) ?? []) : [];
  if (pid === undefined || kernel !== KERNEL || KERNEL === UNKNOWN) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH';
  }
}

const PARTS = /^(\d+)-([0-9a-f]{6})[0-9a-f]{6}$/;
const UNKNOWN = '000000';

/** Tells kernels apart, and on one kernel the namespaces in which a process number means one process. */
const KERNEL = kernel();

function kernel(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const namespace = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256').update(boot).update(namespace).digest('hex').slice(0, 6);
  } catch {
    return UNKNOWN; // not Linux: nobody is proven dead
  }
}
