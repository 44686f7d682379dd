import fc from 'fast-check';
import type { CartItem } from '#marketplace/cart';
import { item } from '../cart/cart.samples.js';
import { decide, type Shelf, settle } from './stock.rules.js';

const onShelf = (over: Partial<Shelf> = {}): Shelf => ({
  seller_id: 1,
  product_id: 1,
  qty_available: 10,
  qty_reserved: 0,
  version: '0',
  active: true,
  ...over,
});
const outcome = (item: CartItem, shelf: Shelf[]) => decide([item], shelf)[0]?.outcome;

describe('a reservation', () => {
  it('takes what is there, to the last piece', () => {
    expect(outcome(item({ Quantity: 10 }), [onShelf()])).toBe('RESERVED');
    expect(outcome(item({ Quantity: 11 }), [onShelf()])).toBe('OUT_OF_STOCK');
  });

  it('leaves alone what others have reserved', () => {
    expect(outcome(item({ Quantity: 3 }), [onShelf({ qty_reserved: 8 })])).toBe('OUT_OF_STOCK');
    expect(outcome(item({ Quantity: 2 }), [onShelf({ qty_reserved: 8 })])).toBe('RESERVED');
  });

  it('refuses a product that was replaced, withdrawn or never heard of, however many pieces there are', () => {
    expect(outcome(item(), [onShelf({ version: '1' })])).toBe('UNAVAILABLE');
    expect(outcome(item(), [onShelf({ active: false })])).toBe('UNAVAILABLE');
    expect(outcome(item(), [onShelf({ product_id: 2 })])).toBe('UNAVAILABLE');
    expect(outcome(item(), [])).toBe('UNAVAILABLE');
  });

  it('tells products of the same number apart by their sellers', () => {
    const shelf = [onShelf({ seller_id: 1, qty_available: 0 }), onShelf({ seller_id: 2 })];
    const outcomes = decide([item({ SellerId: 1 }), item({ SellerId: 2 })], shelf).map((d) => d.outcome);
    expect(outcomes).toEqual(['OUT_OF_STOCK', 'RESERVED']);
  });

  it('says what was still free when it refuses', () => {
    expect(decide([item({ Quantity: 7 })], [onShelf({ qty_reserved: 4 })])[0]).toMatchObject({
      free: 6,
      line: 1,
    });
  });

  it('never promises more than there is, whatever is asked', () => {
    const wanted = fc.record({
      ProductId: fc.integer({ min: 1, max: 3 }),
      Quantity: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 12 }), fc.integer({ min: 0, max: 40 }), (asked, pieces) => {
        const shelf = [1, 2, 3].map((product_id) => onShelf({ product_id, qty_available: pieces }));
        const decisions = decide(asked.map(item), shelf);
        for (const { product_id } of shelf) {
          const promised = decisions
            .filter((d) => d.outcome === 'RESERVED' && d.item.ProductId === product_id)
            .reduce((sum, d) => sum + d.item.Quantity, 0);
          expect(promised).toBeLessThanOrEqual(pieces);
        }
      }),
    );
  });
});

describe('a settlement', () => {
  it.each([
    [null, 'sold', 'settle'],
    [null, 'released', 'settle'],
    ['sold', 'sold', 'done'],
    ['released', 'released', 'done'],
    ['sold', 'released', 'contradiction'],
    ['released', 'sold', 'contradiction'],
  ] as const)('of pieces that are %s, asked to be %s: %s', (settled, asked, verdict) => {
    expect(settle(settled, asked)).toBe(verdict);
  });
});
