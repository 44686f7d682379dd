import type { Random } from './random.js';

/** How keys are chosen: all alike, or a few hot ones. */
export type DistributionName = 'uniform' | 'zipfian';

/** Draws a key from 1 to its size. */
export type Distribution = (random: Random) => number;

/**
 * A choice among the keys 1..size.
 *
 * @param name `uniform`, or `zipfian`: key k is drawn with a probability proportional to 1 / k^exponent, so 1 is the hottest
 * @param exponent of the zipfian one; 1 is the published setting
 */
export function distribution(name: DistributionName, size: number, exponent = 1): Distribution {
  return name === 'uniform' ? (random) => random.int(1, size) : zipfian(size, exponent);
}

/** Cumulative shares once, then a binary search per draw: exact, and 80 kB for 10,000 sellers. */
function zipfian(size: number, exponent: number): Distribution {
  const cumulative = new Float64Array(size);
  let sum = 0;
  for (let key = 1; key <= size; key++) {
    sum += 1 / key ** exponent;
    cumulative[key - 1] = sum;
  }
  return (random) => {
    const point = random.next() * sum;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (point < (cumulative[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low + 1;
  };
}
