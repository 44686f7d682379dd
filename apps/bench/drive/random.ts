/**
 * A seeded source of numbers: the same seed gives the same choices, on every machine. Every transaction draws from a
 * source of its own ({@link randomFor} of seed, worker and number), so that a choice that had to be drawn again (a product
 * that was busy) does not shift the choices of all that follow.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param seed any text; two texts that differ give two independent sources */
  constructor(seed: string) {
    [this.a, this.b, this.c] = [hash(seed, 1), hash(seed, 2), hash(seed, 3)];
    // The first outputs still look like the seed; sfc32 is well mixed after a dozen rounds.
    for (let round = 0; round < 12; round++) this.next();
  }

  /** The next number in [0, 1). The generator is sfc32 of the public PractRand suite: 32-bit operations only, period over 2^32. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included, all equally likely. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with probability `share` (0 to 1). */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }

  /** `length` characters out of `alphabet`. */
  text(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet[this.int(0, alphabet.length - 1)]).join('');
  }

  /** The same items in another order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let last = order.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      [order[last], order[other]] = [order[other] as T, order[last] as T];
    }
    return order;
  }
}

/** The source of one transaction of one worker, or of one row of the data (`what` tells them apart). */
export function randomFor(seed: number, ...what: (string | number)[]): Random {
  return new Random([seed, ...what].join('/'));
}

/** 32 bits of a text: FNV-1a with a final mix, started differently for each `lane`. */
function hash(text: string, lane: number): number {
  let bits = Math.imul(0x811c9dc5 ^ lane, 0x9e3779b1);
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) | 0;
}
