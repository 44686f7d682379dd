import { availableParallelism } from 'node:os';
import { type Spread, spread } from '../measure/figures.js';
import { withClient } from '../measure/postgres.js';
import { machineSeconds, postgresSeconds, processorSeconds } from '../measure/processor-time.js';
import type { ChainName } from './load/chains.js';
import type { LoadProcess } from './load/load-process.js';
import type { LoadResult } from './load/task.js';
import type { Options } from './options.js';
import type { ChainFigures } from './result.js';
import { refillCarts } from './servers/data.js';
import type { RunningSystem, SystemName } from './servers/systems.js';
import { VARIANTS, type Variant, type VariantName } from './variants.js';

/** What the rounds are run on. */
export interface Arena {
  readonly options: Options;
  readonly load: LoadProcess;
  readonly systems: ReadonlyMap<SystemName, RunningSystem>;
  /** The first process of Postgres, when it can be seen. */
  readonly postgres: number | undefined;
  readonly note: (line: string) => void;
}

export const CHAINS: readonly ChainName[] = ['tracking', 'checkout'];

/** More checkouts than any variant can make in the time: so many carts stand ready for each second. */
const CARTS_PER_SECOND = 2_500;
/** Before each measured piece, the same load unmeasured: connections opened, code compiled, pages in memory. */
const WARM_UP_SHARE = 0.4;

/** One measured piece. */
export interface Piece {
  readonly load: LoadResult;
  readonly cpuSeconds: number;
  readonly postgresSeconds: number | undefined;
  /** The share of the machine that others took meanwhile, 0 to 1; undefined where Postgres can't be seen. */
  readonly others: number | undefined;
}

/** The pieces of each chain and variant, in the order of the rounds. */
export type Pieces = ReadonlyMap<ChainName, ReadonlyMap<VariantName, readonly Piece[]>>;

/**
 * Runs the rounds, every variant once in each, in turn: what else the machine does falls on all of them. A whole first round is
 * thrown away, for code that has run for seconds only is not yet compiled.
 */
export async function runChains(arena: Arena): Promise<Pieces> {
  const pieces = new Map(
    CHAINS.map((chain) => [chain, new Map(VARIANTS.map(({ name }) => [name, [] as Piece[]]))]),
  );
  for (let round = 0; round <= arena.options.rounds; round++) {
    for (const chain of CHAINS) {
      for (const variant of inTurn(round)) {
        const piece = await measure(arena, chain, variant, round);
        arena.note(lineOf(round, chain, variant, piece));
        if (round > 0) pieces.get(chain)?.get(variant.name)?.push(piece);
      }
    }
  }
  return pieces;
}

/** Each round begins with another variant, so that none always follows the same one. */
function inTurn(round: number): Variant[] {
  const first = round % VARIANTS.length;
  return [...VARIANTS.slice(first), ...VARIANTS.slice(0, first)];
}

async function measure(arena: Arena, chain: ChainName, variant: Variant, round: number): Promise<Piece> {
  const { options, load } = arena;
  const system = arena.systems.get(variant.system) as RunningSystem;
  const warmUp = options.seconds * WARM_UP_SHARE;
  const carts = Math.ceil((options.seconds + warmUp) * CARTS_PER_SECOND) + options.concurrency;
  if (chain === 'checkout') await withClient(system.database, (client) => refillCarts(client, carts));
  const task = {
    chain,
    url: system.url(chain, variant.direct),
    concurrency: options.concurrency,
    orders: options.orders,
    lastCart: carts,
    prefix: `${round}-${variant.name}`.replaceAll(/[^a-z0-9-]/g, ''),
  };
  const warmed = await load.run({ ...task, seconds: warmUp, firstCart: 1 });
  const before = { ...spent(arena), system: system.processorSeconds(), at: performance.now() };
  const result = await load.run({ ...task, seconds: options.seconds, firstCart: warmed.usedCarts + 1 });
  const after = { ...spent(arena), system: system.processorSeconds(), at: performance.now() };
  if (result.answered === 0) {
    throw new Error(`${variant.name} answered no ${chain} request: ${JSON.stringify(result.refused)}.`);
  }
  const capacity = ((after.at - before.at) / 1_000) * availableParallelism();
  const foreign = after.machine - before.machine - (after.ours - before.ours);
  const seen = before.postgres !== undefined && after.postgres !== undefined;
  return {
    load: result,
    cpuSeconds: after.system - before.system,
    postgresSeconds: seen ? (after.postgres as number) - (before.postgres as number) : undefined,
    others: seen ? Math.max(0, foreign / capacity) : undefined,
  };
}

/** Processor time so far: of the whole machine, of everything that belongs to this run, and of Postgres in that. */
function spent({ systems, load, postgres }: Arena) {
  const { user, system } = process.cpuUsage();
  const inPostgres = postgresSeconds(postgres);
  const inSystems = [...systems.values()].reduce((sum, each) => sum + each.processorSeconds(), 0);
  const ours = inSystems + processorSeconds(load.pid) + (user + system) / 1e6 + (inPostgres ?? 0);
  return { machine: machineSeconds(), ours, postgres: inPostgres };
}

/** How much of the machine others took, over all pieces. */
export function othersIn(pieces: Pieces): Spread | undefined {
  const shares = [...pieces.values()]
    .flatMap((byVariant) => [...byVariant.values()].flat())
    .flatMap(({ others }) => (others === undefined ? [] : [others]));
  return shares.length === 0 ? undefined : spread(shares);
}

/** The figures of one chain and variant over all rounds. */
export function figuresOf(chain: ChainName, variant: VariantName, pieces: readonly Piece[]): ChainFigures {
  const over = (figure: (piece: Piece) => number): Spread => spread(pieces.map(figure));
  const seen = pieces.every((piece) => piece.postgresSeconds !== undefined);
  const refused: Record<string, number> = {};
  for (const { load } of pieces) {
    for (const [why, count] of Object.entries(load.refused)) refused[why] = (refused[why] ?? 0) + count;
  }
  return {
    chain,
    variant,
    perSecond: over(perSecond),
    p50: over(({ load }) => load.p50),
    p95: over(({ load }) => load.p95),
    p99: over(({ load }) => load.p99),
    cpuMicros: over(cpuMicros),
    postgresMicros: seen
      ? over(({ load, postgresSeconds: used }) => ((used as number) * 1e6) / load.answered)
      : undefined,
    answered: pieces.reduce((sum, { load }) => sum + load.answered, 0),
    aborts: pieces.reduce((sum, { load }) => sum + load.aborts, 0),
    refused,
  };
}

export const perSecond = ({ load }: Piece): number => load.answered / load.seconds;
export const cpuMicros = ({ load, cpuSeconds }: Piece): number => (cpuSeconds * 1e6) / load.answered;

function lineOf(round: number, chain: ChainName, variant: Variant, piece: Piece): string {
  const what = round === 0 ? 'warm-up' : `round ${round}`;
  const rate = `${Math.round(perSecond(piece))}/s`;
  return `${what}  ${chain.padEnd(8)}  ${variant.name.padEnd(16)}  ${rate.padStart(7)}  ${Math.round(cpuMicros(piece))} µs CPU`;
}
