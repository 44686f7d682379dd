import { paired, type Spread, spread } from '../measure/figures.js';
import type { Piece } from './arena.js';
import type { Aim, Figures } from './result.js';
import type { Measured, Part } from './rounds.js';
import type { VariantName } from './variants.js';

type Pieces = readonly Measured[];

/** The figures of every case and variant, in the order in which they were first measured. */
export function figuresOf(measured: Pieces): Figures[] {
  const cases = new Map<string, Measured[]>();
  for (const each of measured) {
    const name = `${each.part} ${each.at} ${each.variant}`;
    cases.set(name, [...(cases.get(name) ?? []), each]);
  }
  return [...cases.values()].map(figures);
}

function figures(measured: readonly Measured[]): Figures {
  const { part, at, variant } = measured[0] as Measured;
  const pieces = measured.map(({ piece }) => piece);
  const over = (figure: (piece: Piece) => number): Spread => spread(pieces.map(figure));
  const micros = (seconds: (piece: Piece) => number) =>
    over((piece) => (seconds(piece) * 1e6) / Math.max(1, piece.count));
  const sum = (figure: (piece: Piece) => number) =>
    pieces.reduce((total, piece) => total + (piece.checked ? figure(piece) : 0), 0);
  return {
    part,
    at,
    variant,
    perSecond: over(perSecond),
    ...(part === 'latency' && {
      p50: over(({ p50 }) => p50 as number),
      p99: over(({ p99 }) => p99 as number),
    }),
    nodeMicros: micros(({ node }) => node),
    postgresMicros: micros(({ postgres }) => postgres),
    redisMicros: micros(({ redis }) => redis),
    deliveries: sum(({ count }) => count),
    effects: sum(({ effects }) => effects),
    distinct: sum(({ distinct }) => distinct),
  };
}

/** Pieces that left other effects behind than one for each delivery. */
export function wrongPieces(measured: Pieces): string[] {
  return measured
    .filter(
      ({ piece: { checked, count, effects, distinct } }) =>
        checked && (effects !== count || distinct !== count),
    )
    .map(
      ({ round, part, at, variant, piece }) =>
        `round ${round}, ${part} ${at}, ${variant}: ${piece.effects} effects of ${piece.distinct} deliveries, wanted ${piece.count}`,
    );
}

/** A figure of a variant, in each round. */
interface Side {
  readonly variant: VariantName;
  readonly part: Part;
  readonly at: string;
  readonly figure?: (piece: Piece) => number;
}

const perSecond = ({ count, seconds }: Piece): number => count / seconds;
const p50 = ({ p50: figure }: Piece): number => figure as number;
const p99 = ({ p99: figure }: Piece): number => figure as number;

const drain = (variant: VariantName, at: string): Side => ({ variant, part: 'drain', at });
const through = (variant: VariantName, at: string): Side => ({ variant, part: 'through', at });
const soon = (variant: VariantName, figure: (piece: Piece) => number): Side => ({
  variant,
  part: 'latency',
  at: '100/s',
  figure,
});
const business = (variant: VariantName, at: string): Side => ({ variant, part: 'business', at });
const failing = (variant: VariantName, at: string): Side => ({ variant, part: 'failing', at });

const ONE = '1 listener';
const THREE = '3 listeners';
const [SINGLE, BATCH, PEER, NAIVE] = ['ours', 'ours, in batches', 'BullMQ', 'naive outbox'] as const;

/** What was hoped for, beside what came out. */
export function aimsOf(measured: Pieces, backlogs: readonly number[]): Aim[] {
  const compared = (aim: string, of: Side, over: Side, met: (ratio: number) => boolean): Aim => {
    const ratio = paired(inRounds(measured, of), inRounds(measured, over));
    return { aim, of: named(of), over: named(over), ratio, met: met(ratio.median) };
  };
  const least = (limit: number, of: Side, over: Side) =>
    compared(`at least ${limit}`, of, over, (ratio) => ratio >= limit);
  const most = (limit: number, of: Side, over: Side) =>
    compared(`at most ${limit}`, of, over, (ratio) => ratio <= limit);
  const growing = (variant: VariantName, events: number | undefined): Side => ({
    variant,
    part: 'backlog',
    at: `${events} events`,
  });
  const flat = (variant: VariantName) =>
    least(0.9, growing(variant, backlogs.at(-1)), growing(variant, backlogs.at(-2)));
  return [
    // The peer's whole way is adding and handling; of ours the backlog is committed already, as it is of the naive outbox.
    least(3, drain(BATCH, ONE), through(PEER, ONE)),
    least(5, drain(BATCH, THREE), through(PEER, THREE)),
    least(10, drain(BATCH, ONE), drain(NAIVE, ONE)),
    least(1.5, drain(SINGLE, ONE), through(PEER, ONE)),
    // The same with publishing counted in on both sides: harder, since ours commits.
    least(3, through(BATCH, ONE), through(PEER, ONE)),
    least(5, through(BATCH, THREE), through(PEER, THREE)),
    most(1.5, soon(SINGLE, p50), soon(PEER, p50)),
    most(2, soon(SINGLE, p99), soon(PEER, p99)),
    // In an order as ordinary applications write it, and in the least that a transaction can be.
    least(0.85, business(SINGLE, 'an order, publishing'), business(SINGLE, 'an order, without')),
    least(0.85, business(SINGLE, 'publishing'), business(SINGLE, 'without')),
    flat(SINGLE),
    flat(BATCH),
    least(0.9, failing(SINGLE, '1 %'), failing(SINGLE, '0 %')),
    least(0.9, failing(BATCH, '1 %'), failing(BATCH, '0 %')),
    least(5, drain('ours on Postgres, in batches', ONE), through('BullMQ on Postgres', ONE)),
  ];
}

function inRounds(measured: Pieces, { variant, part, at, figure = perSecond }: Side): number[] {
  return measured
    .filter((each) => each.variant === variant && each.part === part && each.at === at)
    .map(({ piece }) => figure(piece));
}

function named({ variant, part, at, figure }: Side): string {
  const unit = figure === p50 ? ' p50' : figure === p99 ? ' p99' : '';
  return `${variant}: ${part} ${at}${unit}`;
}
