import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawTransaction, MIXES, type Mix, readMix, transactionAt } from './mix.js';
import { Random } from './random.js';

/** How many of the 101 values 0..100 stand for each transaction. */
function valuesOf(mix: Mix): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let x = 0; x <= 100; x++) counts[transactionAt(mix, x)] = (counts[transactionAt(mix, x)] ?? 0) + 1;
  return counts;
}

describe('the mix', () => {
  it('published: 31, 5, 3, 2 and 60 of 101 values', () => {
    expect(valuesOf(MIXES.published)).toEqual({
      CUSTOMER_SESSION: 31,
      QUERY_DASHBOARD: 5,
      PRICE_UPDATE: 3,
      UPDATE_PRODUCT: 2,
      UPDATE_DELIVERY: 60,
    });
  });

  it('later: 70 of 101 values are checkouts, and nothing is delivered', () => {
    expect(valuesOf(MIXES.later)).toEqual({
      CUSTOMER_SESSION: 70,
      QUERY_DASHBOARD: 10,
      PRICE_UPDATE: 11,
      UPDATE_PRODUCT: 10,
    });
  });

  it('a threshold belongs to its own transaction', () => {
    expect(transactionAt(MIXES.published, 30)).toBe('CUSTOMER_SESSION');
    expect(transactionAt(MIXES.published, 31)).toBe('QUERY_DASHBOARD');
  });

  it('draws both ends, 0 and 100', () => {
    const mix = readMix('CUSTOMER_SESSION=0,PRICE_UPDATE=99,UPDATE_PRODUCT=100');
    const random = new Random('ends');
    const drawn = new Set(Array.from({ length: 5_000 }, () => drawTransaction(mix, random)));
    expect([...drawn].sort()).toEqual(['CUSTOMER_SESSION', 'PRICE_UPDATE', 'UPDATE_PRODUCT']);
  });

  it('is read from a file too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mix-'));
    try {
      const file = join(folder, 'mix.json');
      writeFileSync(file, JSON.stringify({ PRICE_UPDATE: 40, CUSTOMER_SESSION: 100 }));
      expect(readMix(file)).toEqual([
        ['PRICE_UPDATE', 40],
        ['CUSTOMER_SESSION', 100],
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['hurried', 'published, later, a JSON file, or thresholds'],
    ['BUY=100', 'one of CUSTOMER_SESSION'],
    ['PRICE_UPDATE=50,PRICE_UPDATE=100', 'each once'],
    ['PRICE_UPDATE=60,CUSTOMER_SESSION=40', 'rise to 100'],
    ['CUSTOMER_SESSION=99', 'The last threshold of a mix is 100'],
  ])('refuses %s and says why', (text, why) => {
    expect(() => readMix(text)).toThrow(why);
  });
});
