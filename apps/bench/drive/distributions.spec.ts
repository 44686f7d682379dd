import { distribution } from './distributions.js';
import { Random } from './random.js';

function shares(draw: (random: Random) => number, size: number, draws = 200_000): number[] {
  const random = new Random('shares');
  const counts = new Array<number>(size).fill(0);
  for (let n = 0; n < draws; n++) {
    const key = draw(random);
    if (key < 1 || key > size) throw new Error(`${key} is outside 1..${size}`);
    counts[key - 1] = (counts[key - 1] as number) + 1;
  }
  return counts.map((count) => count / draws);
}

describe('key distributions', () => {
  it('uniform draws every key alike', () => {
    for (const share of shares(distribution('uniform', 10), 10)) expect(share).toBeCloseTo(0.1, 2);
  });

  it('zipfian with exponent 1 draws key k with a share of 1 / (k H)', () => {
    const harmonic = Array.from({ length: 10 }, (_, at) => 1 / (at + 1)).reduce((sum, each) => sum + each);
    shares(distribution('zipfian', 10, 1), 10).forEach((share, at) => {
      expect(share).toBeCloseTo(1 / ((at + 1) * harmonic), 2);
    });
  });

  it('zipfian with a small exponent is nearly even', () => {
    const all = shares(distribution('zipfian', 10, 0.01), 10);
    expect(Math.max(...all) - Math.min(...all)).toBeLessThan(0.01);
  });

  it('a set of one key has only that', () => {
    expect(shares(distribution('zipfian', 1, 1), 1, 100)).toEqual([1]);
    expect(shares(distribution('uniform', 1), 1, 100)).toEqual([1]);
  });
});
