import { Random, randomFor } from './random.js';

const draws = (random: Random, count = 50) => Array.from({ length: count }, () => random.next());

describe('the seeded source', () => {
  it('gives the same choices for the same seed', () => {
    expect(draws(randomFor(42, 3, 17))).toEqual(draws(randomFor(42, 3, 17)));
  });

  it('gives every transaction of every worker its own choices', () => {
    const first = (seed: number, worker: number, n: number) => draws(randomFor(seed, worker, n), 4).join();
    const all = [1, 2, 3].flatMap((seed) =>
      [1, 2, 3].flatMap((worker) => [1, 2, 3].map((n) => first(seed, worker, n))),
    );
    expect(new Set(all).size).toBe(27);
  });

  it('does not change from release to release', () => {
    expect(draws(new Random('banyan'), 3)).toMatchInlineSnapshot(`
[
  0.11730703967623413,
  0.20680493884719908,
  0.919268352445215,
]
`);
  });

  it('draws whole numbers of a range evenly, both ends included', () => {
    const random = new Random('even');
    const counts = new Array<number>(11).fill(0);
    for (let n = 0; n < 110_000; n++) {
      const drawn = random.int(0, 10);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500); // over five standard deviations
  });

  it('shuffles without losing anything', () => {
    const items = Array.from({ length: 100 }, (_, at) => at);
    const shuffled = new Random('order').shuffled(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((one, other) => one - other)).toEqual(items);
  });
});
