import { cpus } from 'node:os';
import { machineSeconds, postgresSeconds } from '../measure/processor-time.js';
import type { Options } from './options.js';
import { Load, Variant } from './processes.js';
import { VARIANTS, type VariantName } from './variants.js';

/** One turn of one variant. */
export interface Piece {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the app for one answered request, in µs. */
  readonly cpuMicros: number;
  /** The same of Postgres. */
  readonly postgresMicros: number;
  readonly refused: number;
  /** The share of the machine that others took, 0 to 1. */
  readonly others: number;
}

/** Gives every variant its turn in every round, each round beginning with another one; a first round is thrown away. */
export async function runRounds(
  database: string,
  postgres: number | undefined,
  options: Options,
  note: (line: string) => void,
): Promise<Map<VariantName, Piece[]>> {
  const pieces = new Map<VariantName, Piece[]>(VARIANTS.map((name) => [name, []]));
  const variants: Variant[] = [];
  const load = new Load();
  try {
    for (const name of VARIANTS) variants.push(await Variant.start(name, database));
    for (let round = -1; round < options.rounds; round++) {
      note(round < 0 ? 'Warming up' : `Round ${round + 1} of ${options.rounds}`);
      for (let turn = 0; turn < variants.length; turn++) {
        const variant = variants[(turn + round + variants.length) % variants.length] as Variant;
        const piece = await measure(variant, load, postgres, options);
        if (round >= 0) pieces.get(variant.name)?.push(piece);
      }
    }
    return pieces;
  } finally {
    load.stop();
    await Promise.all(variants.map((variant) => variant.stop()));
  }
}

async function measure(
  variant: Variant,
  load: Load,
  postgres: number | undefined,
  { seconds, concurrency }: Options,
): Promise<Piece> {
  const { url } = variant;
  await load.run({ url, seconds: seconds / 4, concurrency });
  const used = () => ({
    app: variant.processorSeconds(),
    postgres: postgresSeconds(postgres) ?? 0,
    load: load.processorSeconds(),
    machine: machineSeconds(),
    at: performance.now(),
  });
  const before = used();
  const result = await load.run({ url, seconds, concurrency });
  // What is stored a moment later belongs to the requests that it is about.
  await new Promise((resolve) => setTimeout(resolve, Math.min(500, seconds * 500)));
  const after = used();
  const app = after.app - before.app;
  const store = after.postgres - before.postgres;
  const ours = app + store + after.load - before.load;
  const all = (cpus().length * (after.at - before.at)) / 1_000;
  return {
    perSecond: result.answered / result.seconds,
    p50: result.p50,
    p99: result.p99,
    cpuMicros: (app * 1e6) / result.answered,
    postgresMicros: (store * 1e6) / result.answered,
    refused: result.refused,
    others: Math.max(0, (after.machine - before.machine - ours) / all),
  };
}
