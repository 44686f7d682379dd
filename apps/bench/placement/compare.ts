import { paired, type Spread, spread } from '../measure/figures.js';
import type { CallRounds } from './calls/figures.js';
import { CHAINS, cpuMicros, type Piece, type Pieces, perSecond } from './chain-rounds.js';
import type { Aim, Ratio } from './result.js';
import type { VariantName } from './variants.js';

const PEER: VariantName = 'conventional';
const OURS: readonly VariantName[] = ['together', 'apart', 'apart, no facade'];

/** Every comparison that is worth a line: ours against the conventional version, and ours apart against together. */
export function ratiosOf(pieces: Pieces, calls: readonly CallRounds[]): Ratio[] {
  const ratios: Ratio[] = [];
  for (const chain of CHAINS) {
    const of = (variant: VariantName, figure: (piece: Piece) => number) =>
      (pieces.get(chain)?.get(variant) ?? []).map(figure);
    for (const ours of OURS) {
      const name = (what: string) => ({ of: ours, over: PEER, in: `${chain}: ${what}` });
      ratios.push({ ...name('requests a second'), ratio: paired(of(ours, perSecond), of(PEER, perSecond)) });
      // Turned round, so that more is better everywhere.
      ratios.push({
        ...name('requests per CPU second'),
        ratio: paired(of(PEER, cpuMicros), of(ours, cpuMicros)),
      });
    }
  }
  for (const peer of ['Nest TCP', 'Moleculer TCP']) {
    for (const atATime of [1, 64]) {
      const rates = (way: string) => ratesOf(calls, way, atATime);
      ratios.push({
        of: 'seam, apart',
        over: peer,
        in: `calls a second, ${atATime} at a time`,
        ratio: paired(rates('seam, apart'), rates(peer)),
      });
    }
  }
  return ratios;
}

function ratesOf(calls: readonly CallRounds[], way: string, atATime: number): number[] {
  const found = calls.find((each) => each.way === way && each.atATime === atATime);
  return (found?.rounds ?? []).map((round) => round.perSecond);
}

/** What issue and design hoped for, beside what came out. */
export function aimsOf(ratios: readonly Ratio[], calls: readonly CallRounds[]): Aim[] {
  const rate = (of: VariantName) =>
    ratios.find((each) => each.of === of && each.over === PEER && each.in === 'tracking: requests a second')
      ?.ratio as Spread;
  const inProcess = calls.find((each) => each.way === 'seam, in process' && each.atATime === 1);
  const micros = spread((inProcess?.rounds ?? []).map((round) => round.micros));
  const atLeast = (what: string, least: number, ratio: Spread): Aim => ({
    aim: `${what}: at least ${least} x the conventional split on the synchronous chain`,
    measured: `${ratio.median.toFixed(2)} x`,
    met: ratio.median >= least,
  });
  return [
    atLeast('together', 5, rate('together')),
    atLeast('apart, behind the facade', 1.5, rate('apart')),
    atLeast('apart, asked like the conventional one', 1.5, rate('apart, no facade')),
    {
      aim: 'a call through the seam in process, traced: at most 1 µs',
      measured: `${micros.median.toFixed(2)} µs`,
      met: micros.median <= 1,
    },
  ];
}
