import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { Random } from '../../bench/drive/random.js';
import { Build, ROOT } from '../build/build.js';
import { POINTS } from '../build/points.js';
import { describeResult, passed } from '../gate/report.js';
import type { RowResult } from '../gate/run-row.js';
import { type Backend, Bed, type Placing } from '../stack/bed.js';
import { comeToRest } from '../stack/come-to-rest.js';
import { crowding } from '../stack/crowding.js';
import { judge } from '../stack/judge.js';
import type { Servers } from '../stack/servers.js';
import { scheduleOf } from './schedule.js';

/** A run of chaos: with these, it is the same run. */
export interface ChaosRun {
  readonly seed: string;
  readonly minutes: number;
  readonly backend: Backend;
}

/** Seeds that have failed once; each is run again for ever. */
export interface Buried extends ChaosRun {
  /** What was wrong, and what mended it. */
  readonly why: string;
}

/** Whoever was frozen or without a database may see a dead letter this late, in milliseconds. */
const VISIBLE_WITHIN_MS = 30_000;

/** Reads the graveyard. */
export function graveyard(): readonly Buried[] {
  return JSON.parse(readFileSync(join(ROOT, 'apps/faults/chaos/graveyard.json'), 'utf8')) as Buried[];
}

/** Lets faults come at random, by the luck of a seed, and asks the oracle at the end. */
export async function runChaos(
  servers: Servers,
  run: ChaosRun,
  say: (text: string) => void,
): Promise<boolean> {
  const { seed, minutes, backend } = run;
  const began = performance.now();
  const placing: Placing = new Random(`${seed}/placing`).chance(0.5) ? 'together' : 'apart';
  const replay = `npm run faults -- --minutes ${minutes} --seed ${seed} --backend ${backend}`;
  say(`${pc.bold('chaos')} ${backend}, ${placing}, ${minutes} minutes; the same again: ${replay}`);
  const build = Build.make(servers.scratch, POINTS);
  const bed = await Bed.make({ name: `chaos-${seed}`, backend, placing, seed, build, servers, dawdle: true });
  try {
    bed.clients.start();
    const broken = await strikeAll(bed, run, say);
    bed.heal();
    await Promise.all(bed.apps.map((app) => app.ready()));
    await bed.clients.stop();
    const rest = await comeToRest(bed);
    await bed.stopApps();
    const judgement = await judge(bed, VISIBLE_WITHIN_MS);
    const result: RowResult = {
      ...{ row: 'chaos', backend, placing, broken, judgement, rest, kills: bed.deaths() },
      ...{
        faults: bed.faults.length,
        seconds: (performance.now() - began) / 1_000,
        folder: bed.folder,
        crowding: crowding(),
      },
    };
    say(describeResult(result));
    if (!passed(result))
      say(`seed ${seed} belongs into apps/faults/chaos/graveyard.json; the same again: ${replay}`);
    return passed(result);
  } finally {
    await bed.stop();
  }
}

async function strikeAll(bed: Bed, run: ChaosRun, say: (text: string) => void): Promise<string | undefined> {
  const began = performance.now();
  const tally = new Map<string, number>();
  for (const { atMs, fault, luck } of scheduleOf(run.seed, run.minutes * 60_000, run.backend)) {
    await bed.after(Math.max(0, began + atMs - performance.now()), undefined);
    try {
      await fault.strike(bed, new Random(luck));
    } catch (error) {
      return `After "${fault.name}" at ${(atMs / 1_000).toFixed(0)} s: ${(error as Error).message}`;
    }
    bed.faults.push(fault.name);
    tally.set(fault.name, (tally.get(fault.name) ?? 0) + 1);
    if (performance.now() - began > run.minutes * 60_000 + 60_000) break; // faults that take long must not make the run endless
  }
  say(`     ${[...tally].map(([name, times]) => `${name} ×${times}`).join(', ')}`);
  return undefined;
}
