import pc from 'picocolors';
import { Random } from '../../bench/drive/random.js';
import { Build } from '../build/build.js';
import { POINTS } from '../build/points.js';
import { type Backend, Bed, type Placing } from '../stack/bed.js';
import { type Judgement, judge } from '../stack/judge.js';
import type { Servers } from '../stack/servers.js';
import { runGauntlet } from './gauntlet.js';
import type { Mutant } from './mutant.js';
import { ofDeliveries } from './of-deliveries.js';
import { ofTheWay } from './of-the-way.js';

/** All of them, by number. */
export const MUTANTS: readonly Mutant[] = [...ofDeliveries, ...ofTheWay].sort((a, b) => a.number - b.number);

export interface MutantOptions {
  readonly backend: Backend;
  readonly seeds: readonly string[];
  /** Only these, by number; undefined: all. */
  readonly numbers?: readonly number[];
  readonly say: (text: string) => void;
}

/** How long a copy with a fault in it may take to come to rest, or not to, in milliseconds; the sound one gets a minute. */
const REST_MS = 12_000;

/**
 * Tests the oracle: first the code as it is, in which it must find nothing, then each mutant, in which it must.
 *
 * @returns whether every one was caught with every seed
 * @throws PatchDoesNotApply before anything is run, when a mutant does not fit the source any more
 */
export async function runMutants(servers: Servers, options: MutantOptions): Promise<boolean> {
  const chosen = MUTANTS.filter(({ number }) => options.numbers?.includes(number) ?? true);
  for (const mutant of chosen) Build.make(servers.scratch, [...POINTS, ...mutant.patches]).remove();
  let caught = await soundIsSound(servers, options);
  for (const mutant of chosen) {
    const build = Build.make(servers.scratch, [...POINTS, ...mutant.patches]);
    const verdicts: string[] = [];
    for (const seed of options.seeds) {
      const { judgement } = await run(
        servers,
        options.backend,
        mutant.placing ?? 'together',
        seed,
        build,
        mutant.number,
      );
      const found = judgement.findings.map(({ check }) => check);
      const hits = mutant.caughtBy.filter((check) => found.includes(check));
      if (hits.length === 0) caught = false;
      verdicts.push(
        hits.length > 0
          ? pc.green(hits.join(', '))
          : pc.red(`not caught (${found.join(', ') || 'nothing found'})`),
      );
    }
    build.remove();
    options.say(`${String(mutant.number).padStart(2)} ${mutant.says}\n   ${verdicts.join(' · ')}`);
  }
  const all = `${chosen.length} mutants on ${options.backend}, seeds ${options.seeds.join(', ')}`;
  options.say(`\n${caught ? pc.green('all are caught') : pc.red('NOT all are caught')}: ${all}`);
  return caught;
}

/** Some mutants, by the luck of a seed. */
export function someMutants(count: number, seed: string): number[] {
  return new Random(`${seed}/mutants`)
    .shuffled(MUTANTS.map(({ number }) => number))
    .slice(0, count)
    .sort((a, b) => a - b);
}

/** The oracle must not cry wolf either. */
async function soundIsSound(servers: Servers, { backend, seeds, say }: MutantOptions): Promise<boolean> {
  const build = Build.make(servers.scratch, POINTS);
  let sound = true;
  for (const seed of seeds) {
    const { judgement, failed } = await run(servers, backend, 'together', seed, build);
    const wrong = [...failed, ...judgement.findings.map((finding) => JSON.stringify(finding))];
    if (wrong.length > 0) sound = false;
    const { operations, events, deliveries } = judgement.counts;
    say(
      ` 0 the code as it is, seed ${seed}: ${operations} ops, ${events} events, ${deliveries} deliveries: ` +
        (wrong.length === 0 ? pc.green('nothing found') : pc.red(wrong.join('\n   '))),
    );
  }
  build.remove();
  return sound;
}

async function run(
  servers: Servers,
  backend: Backend,
  placing: Placing,
  seed: string,
  build: Build,
  mutant?: number,
): Promise<{ judgement: Judgement; failed: string[] }> {
  const name = `mutant-${mutant ?? 0}-${seed}`;
  const bed = await Bed.make({
    name,
    backend,
    placing,
    seed,
    build,
    servers,
    dawdle: true,
    clients: 6,
    paceMs: 15,
  });
  try {
    const failed = await runGauntlet(bed);
    await bed.rest(mutant === undefined ? 60_000 : REST_MS);
    await bed.stopApps();
    return { judgement: await judge(bed, 15_000), failed };
  } finally {
    await bed.stop();
  }
}
