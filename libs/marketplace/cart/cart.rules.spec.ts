import fc from 'fast-check';
import type { ProductFact, ProductLine } from '#marketplace/product';
import { isSeen, price, type ReplicatedLine, reprice, unseenLines } from './cart.rules.js';
import type { CartItem } from './contract/cart.api.js';
import { factsAt, followed, replicatedAt, SellerHistory } from './seller-history.samples.js';

function item(parts: Partial<CartItem> = {}): CartItem {
  const product = { SellerId: 1, ProductId: 1, ProductName: 'tea', Version: '0' };
  return { ...product, UnitPrice: 10, FreightValue: 1, Quantity: 2, Voucher: 0, ...parts };
}

function line(parts: Partial<ReplicatedLine> & { of?: Partial<CartItem> } = {}): ReplicatedLine {
  const { of, ...replica } = parts;
  return { item: item(of), replicaSequence: 5, replicaVersion: '0', replicaPrice: 10, ...replica };
}

const fact = (of: Partial<ProductLine>, lastPrice: number | null, sequence: number): ProductFact => ({
  sellerId: 1,
  productId: 1,
  version: '0',
  price: 10,
  ...of,
  lastPrice,
  sequence,
});

describe('a line', () => {
  it('is seen when version and price are the replica’s', () => expect(isSeen(line())).toBe(true));

  it('is unseen at another price: the customer may have seen more than the replica', () =>
    expect(isSeen(line({ of: { UnitPrice: 12 } }))).toBe(false));

  it('is unseen under a version that the replica never had', () =>
    expect(isSeen(line({ of: { Version: '7' }, replicaPrice: null }))).toBe(false));

  it('is seen under a retired version at any price, since its last price is final', () =>
    expect(isSeen(line({ replicaVersion: '7', replicaPrice: 11 }))).toBe(true));

  it('is unseen when the replica has no such product', () =>
    expect(isSeen(line({ replicaVersion: null, replicaPrice: null }))).toBe(false));

  it('that rises in price is compensated by its voucher once, whatever its quantity', () =>
    expect(reprice(item({ Quantity: 3, Voucher: 0.5 }), 10.2)).toMatchObject({
      UnitPrice: 10.2,
      Voucher: 0.7,
    }));

  it('that falls in price keeps its voucher', () =>
    expect(reprice(item({ Voucher: 0.5 }), 9)).toMatchObject({ UnitPrice: 9, Voucher: 0.5 }));

  it('without a price at the cut stays as it is', () => expect(reprice(item(), null)).toEqual(item()));
});

describe('pricing a cart', () => {
  it('asks for all lines of a seller as soon as one is unseen, and for no other seller', () => {
    const lines = [
      line({ of: { ProductId: 1, UnitPrice: 12 } }),
      line({ of: { ProductId: 2 } }),
      line({ of: { SellerId: 2 } }),
    ];
    const asked = [
      { sellerId: 1, productId: 1, version: '0', price: 12 },
      { sellerId: 1, productId: 2, version: '0', price: 10 },
    ];
    expect(unseenLines(lines)).toEqual(asked);
    expect(price(lines, [])).toEqual({ unseen: asked });
  });

  it('uses facts that are ahead of the replica, for lines that the replica agrees with too', () => {
    const lines = [line({ of: { ProductId: 1, UnitPrice: 12 } }), line({ of: { ProductId: 2 } })];
    const facts = [fact({ productId: 1, price: 12 }, 12, 7), fact({ productId: 2 }, 11, 7)];
    expect(price(lines, facts)).toMatchObject({ priced: [{ UnitPrice: 12 }, { UnitPrice: 11, Voucher: 1 }] });
  });

  it('uses the replica when it has moved past the facts', () => {
    const lines = [line({ of: { UnitPrice: 12 }, replicaPrice: 13, replicaSequence: 8 })];
    expect(price(lines, [fact({ price: 12 }, 12, 7)])).toMatchObject({ priced: [{ UnitPrice: 13 }] });
  });

  it('asks again when a line came after the question', () => {
    const lines = [
      line({ of: { ProductId: 1, UnitPrice: 12 } }),
      line({ of: { ProductId: 2, UnitPrice: 12 } }),
    ];
    expect(price(lines, [fact({ productId: 1, price: 12 }, 12, 7)])).toHaveProperty('unseen');
  });

  it('asks again rather than go back to the replica, when only some lines have facts that are ahead of it', () => {
    const lines = [line({ of: { ProductId: 1, UnitPrice: 12 } }), line({ of: { ProductId: 2 } })];
    expect(price(lines, [fact({ productId: 1, price: 12 }, 12, 7)])).toHaveProperty('unseen');
  });

  it('asks again when a line was put in again at another price since', () =>
    expect(price([line({ of: { UnitPrice: 14 } })], [fact({ price: 12 }, 12, 7)])).toHaveProperty('unseen'));

  it('takes what the replica lacks from facts of the same moment, and asks again when they are older', () => {
    const lines = [line({ of: { UnitPrice: 9 }, replicaVersion: null, replicaPrice: null })];
    expect(price(lines, [fact({ price: 9 }, 11, 5)])).toMatchObject({ priced: [{ UnitPrice: 11 }] });
    expect(price(lines, [fact({ price: 9 }, 11, 4)])).toHaveProperty('unseen');
  });

  it('leaves a version that never was to stock, which rejects it', () => {
    const lines = [line({ of: { Version: '?' }, replicaPrice: null })];
    expect(price(lines, [fact({ version: '?' }, null, 7)])).toEqual({ priced: [item({ Version: '?' })] });
    expect(price(lines, [fact({ version: '?' }, null, 4)])).toEqual({ priced: [item({ Version: '?' })] });
  });

  it('prices every seller at one cut, never older than what the customer saw, whatever the replica has heard', () => {
    const changes = fc.array(fc.record({ product: fc.integer({ min: 1, max: 4 }), replace: fc.boolean() }), {
      maxLength: 25,
    });
    const moments = fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        changes,
        moments,
        fc.nat(1000),
        fc.nat(1000),
        fc.nat(1000),
        (updates, views, heard, heardLater, asked) => {
          const history = new SellerHistory(4, updates);
          const held = views.map((view, at) => history.productAt(at + 1, 4 + (view % (history.last - 3))));
          const seenByCustomer = Math.max(...held.map((product) => product.since));
          const replica = heard % (history.last + 1);
          const replicaLater = replica + (heardLater % (history.last - replica + 1));
          const snapshot = seenByCustomer + (asked % (history.last - seenByCustomer + 1));

          const question = unseenLines(replicatedAt(history, held, replica));
          const lines = replicatedAt(history, followed(history, held, replica, replicaLater), replicaLater);
          const answer = price(lines, factsAt(history, question, snapshot));

          if ('unseen' in answer) throw new Error('Asked again although the customer changed nothing');
          history.assertOneCut(answer.priced);
          for (const [at, line] of answer.priced.entries()) {
            expect(history.setAt(line)).toBeGreaterThanOrEqual(held[at]?.since as number);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
