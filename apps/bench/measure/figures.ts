/** The middle of some figures, with the least and the most of them: what was measured in several rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @throws RangeError for no figures at all: there is nothing to tell then */
export function spread(figures: readonly number[]): Spread {
  if (figures.length === 0) throw new RangeError('A spread of no figures.');
  const sorted = [...figures].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
  return { median, least: sorted[0] as number, most: sorted.at(-1) as number };
}

/**
 * How many times as much one contender did as another, round by round, so that what else the machine did in a round
 * falls on both.
 */
export function paired(of: readonly number[], over: readonly number[]): Spread {
  return spread(of.map((figure, round) => figure / (over[round] as number)));
}
