import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../build/build.js';
import type { Counts } from '../oracle/counts.js';
import type { Bed } from './bed.js';
import { crowding } from './crowding.js';

/** Something that does not hold, with a few of the rows that say so. */
export interface Finding {
  readonly check: string;
  readonly says: string;
  readonly count: number;
  readonly sample: readonly unknown[];
}

/** What the oracle says of a bed. */
export interface Judgement {
  readonly checks: number;
  readonly findings: readonly Finding[];
  readonly counts: Counts;
}

const PROGRAM = join(ROOT, 'dist/apps/faults/oracle/main.js');
const WITHIN_MS = 60_000;

/** Asks the oracle, which is a program of its own, about a bed that has come to rest. */
export function judge(bed: Bed, visibleWithinMs = 5_000): Promise<Judgement> {
  const database = bed.servers.postgres.url(bed.database);
  const args = [
    '--database',
    database,
    '--folder',
    bed.folder,
    '--visible-within',
    String(Math.round(visibleWithinMs * crowding())),
  ];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { timeout: Math.round(WITHIN_MS * crowding()), maxBuffer: 64 * 1024 * 1024 },
      (error, printed, words) => {
        try {
          resolve(JSON.parse(printed) as Judgement);
        } catch {
          reject(new Error(`The oracle did not come to a judgement: ${words || error?.message}`));
        }
      },
    );
  });
}
