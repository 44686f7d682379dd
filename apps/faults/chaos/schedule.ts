import { Random } from '../../bench/drive/random.js';
import type { Backend } from '../stack/bed.js';
import { CHAOS, type ChaosFault } from './faults.js';

/** A fault, when it comes, and the luck that it is done with. */
export interface Strike {
  readonly atMs: number;
  readonly fault: ChaosFault;
  readonly luck: string;
}

/** Faults come this far apart, in milliseconds. */
const LEAST_MS = 2_000;
const MOST_MS = 6_000;

/** The faults of a run: the seed alone decides them, so the same seed is the same schedule. */
export function scheduleOf(seed: string, ms: number, backend: Backend): Strike[] {
  const random = new Random(`${seed}/schedule`);
  const possible = CHAOS.filter((fault) => fault.on === undefined || fault.on === backend);
  const strikes: Strike[] = [];
  for (let atMs = LEAST_MS; atMs < ms; atMs += random.int(LEAST_MS, MOST_MS)) {
    strikes.push({ atMs, fault: drawn(possible, random), luck: `${seed}/${strikes.length}` });
  }
  return strikes;
}

function drawn(faults: readonly ChaosFault[], random: Random): ChaosFault {
  let luck = random.next() * faults.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of faults) {
    luck -= fault.weight;
    if (luck < 0) return fault;
  }
  return faults[0] as ChaosFault;
}
