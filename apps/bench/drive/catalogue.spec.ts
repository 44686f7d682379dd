import { Catalogue, MirroredProduct } from './catalogue.js';
import { dataSet } from './data.js';
import { Random } from './random.js';

const IDS = { firstCustomer: 501, firstSeller: 31 };
const data = dataSet({ seed: 42, customers: 5, products: 30, qty: 100 }, IDS);
const catalogue = () =>
  new Catalogue(data.products, IDS.firstSeller, {
    sellerDistribution: 'zipfian',
    keyDistribution: 'zipfian',
    zipf: 1,
  });

describe('the data set', () => {
  it('is the same for the same seed, whatever ids it gets', () => {
    const again = dataSet(
      { seed: 42, customers: 5, products: 30, qty: 100 },
      { firstCustomer: 1, firstSeller: 1 },
    );
    expect(again.products.map(({ price, sku }) => [price, sku])).toEqual(
      data.products.map(({ price, sku }) => [price, sku]),
    );
    expect(dataSet({ seed: 43, customers: 5, products: 30, qty: 100 }, IDS).products).not.toEqual(
      data.products,
    );
  });

  it('stays in its id ranges: ten products to a seller, a stock for each', () => {
    expect(data.customers.map(({ id }) => id)).toEqual([501, 502, 503, 504, 505]);
    expect(data.sellers.map(({ id }) => id)).toEqual([31, 32, 33]);
    const keys = (rows: { seller_id: number; product_id: number }[]) =>
      rows.map((row) => `${row.seller_id}/${row.product_id}`);
    expect(new Set(keys(data.products)).size).toBe(30);
    expect(keys(data.stock)).toEqual(keys(data.products));
  });

  it('has prices that later ones can be told from: 10.00 to 99.99', () => {
    for (const { price } of data.products) expect(price >= 10 && price <= 99.99).toBe(true);
  });

  it('has cards that do not expire within the year', () => {
    const thisYear = new Date().getUTCFullYear() % 100;
    for (const { card_expiration } of data.customers) {
      expect(card_expiration).toMatch(/^(0[1-9]|1[0-2])\d\d$/);
      expect(Number(card_expiration.slice(2))).toBeGreaterThan(thisYear);
    }
  });
});

describe('choosing products', () => {
  it('gives distinct ones, and of one seller where asked', () => {
    for (let n = 1; n <= 10; n++) {
      const chosen = catalogue()
        .distinct(new Random(`cart ${n}`), n, true)
        .map(({ facts }) => facts);
      expect(new Set(chosen.map(({ product_id }) => product_id)).size).toBe(n);
      expect(new Set(chosen.map(({ seller_id }) => seller_id)).size).toBe(1);
    }
  });

  it('gives a product to one update at a time', () => {
    const all = catalogue();
    const random = new Random('claims');
    const claimed = Array.from({ length: 20 }, () => all.claim(random)).filter(
      (product) => product !== undefined,
    );
    expect(new Set(claimed).size).toBe(claimed.length);
    const [first] = claimed;
    if (first) first.busy = false;
    expect(new Set(Array.from({ length: 5 }, () => all.claim(random)))).toContain(first);
  });
});

describe('the mirror of a product', () => {
  const product = () =>
    new MirroredProduct({ ...(data.products[0] as (typeof data.products)[0]), price: 20 });

  it('changes only by what was acknowledged', () => {
    const mirrored = product();
    const price = mirrored.nextPrice(5);
    expect([price, mirrored.facts.price]).toEqual([21, 20]);
    mirrored.acknowledge({ price });
    expect(mirrored.facts).toMatchObject({ price: 21, version: '0' });
    mirrored.acknowledge({ version: 'r-1-1' });
    expect(mirrored.facts).toMatchObject({ price: 21, version: 'r-1-1' });
  });

  it('never sends a price twice under one version, however long it runs, and stays within the column', () => {
    const mirrored = product();
    const prices = new Set([20]);
    for (let n = 0; n < 5_000; n++) {
      const price = mirrored.nextPrice((n % 9) + 1);
      expect(prices.has(price)).toBe(false);
      prices.add(price);
      mirrored.acknowledge({ price });
    }
    expect(Math.max(...prices)).toBeLessThan(10_000);
  });
});
