import { Random } from '../../bench/drive/random.js';
import { Build } from '../build/build.js';
import { POINTS } from '../build/points.js';
import { GATE } from '../rows/all.js';
import type { Row } from '../rows/row.js';
import type { Backend, Placing } from '../stack/bed.js';
import type { Servers } from '../stack/servers.js';
import { describeResult, passed } from './report.js';
import { type RowResult, runRow } from './run-row.js';

/** Which rows are run, and where. */
export interface GateOptions {
  /** Names of rows; undefined: all. */
  readonly rows?: readonly string[];
  readonly backends: readonly Backend[];
  /** Undefined: the two take turns from row to row. */
  readonly placing?: Placing;
  readonly seed: string;
  readonly say: (text: string) => void;
}

/**
 * Runs the gate.
 *
 * @returns whether all rows have passed
 */
export async function runGate(servers: Servers, options: GateOptions): Promise<boolean> {
  const rows = chosen(options.rows);
  const build = Build.make(servers.scratch, POINTS);
  const results: RowResult[] = [];
  for (const backend of options.backends) {
    for (const [at, row] of rows.entries()) {
      const placing =
        options.placing ?? ((at + Number(backend === 'redis')) % 2 === 0 ? 'together' : 'apart');
      const result = await runRow({ row, backend, placing, seed: options.seed, build, servers });
      results.push(result);
      options.say(describeResult(result));
    }
  }
  options.say(summary(results, options.seed));
  return results.every(passed);
}

/** Some rows, by the luck of a seed. */
export function someRows(count: number, seed: string): string[] {
  return new Random(`${seed}/rows`).shuffled(GATE.map(({ name }) => name)).slice(0, count);
}

function chosen(names: readonly string[] | undefined): readonly Row[] {
  if (!names) return GATE;
  const unknown = names.filter((name) => !GATE.some((row) => row.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `There is no row ${unknown.join(', ')}: choose from ${GATE.map(({ name }) => name).join(', ')}.`,
    );
  }
  return GATE.filter(({ name }) => names.includes(name));
}

function summary(results: readonly RowResult[], seed: string): string {
  const run = results.filter(({ notApplicable }) => !notApplicable);
  const sum = (count: (result: RowResult) => number | undefined) =>
    run.reduce((total, result) => total + (count(result) ?? 0), 0);
  const failed = run.filter((result) => !passed(result));
  return [
    '',
    `${run.length - failed.length} of ${run.length} rows hold, ${results.length - run.length} do not apply; seed ${seed}: ` +
      `${sum(({ judgement }) => judgement?.counts.operations)} ops, ${sum(({ judgement }) => judgement?.counts.events)} events, ` +
      `${sum(({ judgement }) => judgement?.counts.deliveries)} deliveries, ${sum(({ faults }) => faults)} faults, ` +
      `${sum(({ kills }) => kills)} kills, ${(sum(({ seconds }) => seconds) / 60).toFixed(1)} minutes`,
    ...failed.map(({ row, backend, placing }) => `failed: ${row} on ${backend}, ${placing}`),
  ].join('\n');
}
