import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What a process is told to do to itself at a named place. */
export interface Arm {
  readonly point: string;
  /** `kill` by SIGKILL, `stop` by SIGSTOP, `hang` for ever, `fail` by an error, `pause` for `ms`. */
  readonly action: 'kill' | 'stop' | 'hang' | 'fail' | 'pause';
  /** At which passage, from 1. Default: the first. */
  readonly nth?: number;
  /** At how many passages, from the nth on. Default: one. */
  readonly times?: number;
  /** For a pause, in milliseconds. */
  readonly ms?: number;
}

interface Armed extends Arm {
  passed: number;
}

/** Names of the places that are armed in this process; patched code asks here before it does more than pass. */
const points = new Map<string, Armed>();

Object.assign(globalThis, { banyanFaultPoints: points, banyanFaultPoint: faultPoint });

/** A named place in the code: nothing happens here unless this process was told so. */
export async function faultPoint(point: string): Promise<void> {
  const arm = due(point);
  if (!arm) return;
  strike(arm);
  if (arm.action === 'fail') throw new Error(`Told to fail at "${point}".`);
  if (arm.action === 'hang') await new Promise(() => undefined);
  if (arm.action === 'pause') await pause(arm.ms ?? 1_000);
}

/** Like {@link faultPoint}, where nobody can wait: only `kill` and `stop` have an effect. */
export function passFaultPoint(point: string): void {
  const arm = due(point);
  if (arm) strike(arm);
}

/** Lets the process that started this one arm places in it, while it runs. */
export function obeyArms(): void {
  process.on('message', (message) => {
    const { arm, disarm } = message as { arm?: Arm; disarm?: string };
    if (arm) points.set(arm.point, { ...arm, passed: 0 });
    if (disarm) points.delete(disarm);
    if (arm || disarm) process.send?.({ obeyed: arm?.point ?? disarm });
  });
}

function due(point: string): Armed | undefined {
  const arm = points.get(point);
  if (!arm) return undefined;
  arm.passed += 1;
  const first = arm.nth ?? 1;
  if (arm.passed < first) return undefined;
  if (arm.passed >= first + (arm.times ?? 1) - 1) points.delete(point);
  return arm;
}

/** Written before it happens: a process that kills itself can tell nobody afterwards. */
function strike({ point, action }: Arm): void {
  const file = join(process.env['BED_FOLDER'] ?? '.', 'points.jsonl');
  appendFileSync(file, `${JSON.stringify({ t: Date.now(), pid: process.pid, point, action })}\n`);
  process.send?.({ reached: point });
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'stop') process.kill(process.pid, 'SIGSTOP');
}
