import type { Build } from '../build/build.js';
import type { Row } from '../rows/row.js';
import { type Backend, Bed, type Placing } from '../stack/bed.js';
import { comeToRest } from '../stack/come-to-rest.js';
import { crowding } from '../stack/crowding.js';
import { type Judgement, judge } from '../stack/judge.js';
import type { Quiet } from '../stack/quiet.js';
import type { Servers } from '../stack/servers.js';

/** Where and with which luck a row is run. */
export interface RowRun {
  readonly row: Row;
  readonly backend: Backend;
  readonly placing: Placing;
  readonly seed: string;
  readonly build: Build;
  readonly servers: Servers;
}

/** How a row came out. */
export interface RowResult {
  readonly row: string;
  readonly backend: Backend;
  readonly placing: Placing;
  /** Why it was not run. */
  readonly notApplicable?: string;
  /** What did not hold, by the row itself. */
  readonly broken?: string;
  readonly judgement?: Judgement;
  readonly rest?: Quiet;
  readonly kills: number;
  readonly faults: number;
  readonly seconds: number;
  /** By how much its limits were stretched, since the machine was crowded. */
  readonly crowding?: number;
  readonly folder?: string;
}

/** Operations that are answered before the fault comes, and after it. */
const BEFORE = 30;
const AFTER = 30;

/** Runs a row: a bed under load, the fault, healing, rest, and the judgement of the oracle. */
export async function runRow({ row, ...where }: RowRun): Promise<RowResult> {
  const began = performance.now();
  const placing = row.bed?.placing ?? where.placing;
  const base = { row: row.name, backend: where.backend, placing };
  const seconds = () => (performance.now() - began) / 1_000;
  const notApplicable = row.notApplicable?.(where.backend);
  if (notApplicable) return { ...base, notApplicable, kills: 0, faults: 0, seconds: 0 };
  const bed = await Bed.make({ ...where, name: row.name, ...row.bed, placing }).catch(
    (error: Error) => error,
  );
  if (bed instanceof Error) {
    return {
      ...base,
      broken: `The bed did not stand: ${bed.message}`,
      kills: 0,
      faults: 0,
      seconds: seconds(),
    };
  }
  try {
    const missing = await partThatIsMissing(row, bed);
    if (missing) return { ...base, notApplicable: missing, kills: 0, faults: 0, seconds: 0 };
    const broken = await inject(row, bed);
    const rest = await comeToRest(bed, { jobs: row.untilNoJobs ?? false });
    await bed.stopApps();
    const judgement = await judge(bed, row.visibleWithinMs);
    const kills = bed.deaths();
    const { folder } = bed;
    const figures = { kills, faults: bed.faults.length, seconds: seconds(), crowding: crowding() };
    return { ...base, broken, judgement, rest, ...figures, folder };
  } finally {
    await bed.stop();
  }
}

async function partThatIsMissing({ waitsFor }: Row, bed: Bed): Promise<string | undefined> {
  if (!waitsFor) return undefined;
  const [row] = await bed.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    waitsFor.table,
  ]);
  return row?.there ? undefined : `waits for a part that is not built: ${waitsFor.part}`;
}

/** @returns what did not hold */
async function inject(row: Row, bed: Bed): Promise<string | undefined> {
  let broken: string | undefined;
  try {
    if (!row.bed?.unstarted) {
      bed.clients.start();
      await bed.clients.done(BEFORE);
    }
    await row.inject(bed);
  } catch (error) {
    broken = (error as Error).message;
  }
  bed.heal();
  // The row may have ended the load itself; whoever is left must be able to work again.
  bed.clients.start();
  await bed.clients.done(AFTER).catch((error: Error) => {
    broken ??= `After the healing: ${error.message}`;
  });
  await bed.clients.stop();
  return broken;
}
