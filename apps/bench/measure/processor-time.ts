import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Processor time, user and system, that a process has used so far, its ended children not included; in seconds. */
export function processorSeconds(pid: number): number {
  const [utime = 0, stime = 0] = ticksOf(pid, 11);
  return (utime + stime) / TICKS;
}

/**
 * The same for a Postgres server: its first process, those that live below it, and those that ended. Undefined where it can't
 * be seen.
 */
export function postgresSeconds(first: number | undefined): number | undefined {
  if (first === undefined) return undefined;
  const [utime = 0, stime = 0, ended = 0, endedInSystem = 0] = ticksOf(first, 11);
  let ticks = utime + stime + ended + endedInSystem;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [parent] = ticksOf(Number(name), 1);
      if (parent !== first) continue;
      const [own = 0, system = 0] = ticksOf(Number(name), 11);
      ticks += own + system;
    } catch {
      // It ended between the listing and the look; its parent counts it from now on.
    }
  }
  return ticks / TICKS;
}

/** Processor time that the whole machine has used so far, what its host took from it included; in seconds. */
export function machineSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] as string
  )
    .split(/ +/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/** Fields of /proc/<pid>/stat, counted from the one behind the name (which may hold spaces and brackets). */
function ticksOf(pid: number, from: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(from, from + 4)
    .map(Number);
}
