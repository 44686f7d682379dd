import fc from 'fast-check';
import type { CartItem } from '#marketplace/cart';
import { fromCents, toCents } from '#marketplace/money';
import { item } from '../cart/cart.samples.js';
import { invoiceNumber, price, tooDear } from './order.pricing.rules.js';

const now = new Date('2026-03-31T23:30:00.000Z');
const line = (over: Partial<CartItem> = {}) => item({ SellerId: 4, ProductId: 9, Quantity: 3, ...over });

describe('the price of an order', () => {
  it('is price times quantity, less the voucher, plus freight once per line', () => {
    const { items, totals } = price(
      7,
      [line({ UnitPrice: 19.99, Voucher: 2.0 }), line({ Quantity: 1 })],
      now,
    );
    expect(items[0]).toEqual({
      order_id: 7,
      order_item_id: 1,
      seller_id: 4,
      product_id: 9,
      product_name: 'tea',
      unit_price: 19.99,
      freight_value: 1.5,
      quantity: 3,
      total_items: 59.97,
      total_amount: 57.97,
      total_incentive: 2,
      shipping_limit_date: '2026-04-03T23:30:00.000Z',
    });
    expect(totals).toEqual({
      count_items: 2,
      total_items: 69.97,
      total_incentive: 2,
      total_amount: 67.97,
      total_freight: 3,
      total_invoice: 70.97,
    });
  });

  it('is never below the freight: a voucher takes off at most what its own line costs', () => {
    const { items, totals } = price(1, [line({ Quantity: 1, Voucher: 99 }), line({ Quantity: 1 })], now);
    expect(items[0]).toMatchObject({ total_items: 10, total_amount: 0, total_incentive: 10 });
    expect(totals).toMatchObject({ total_amount: 10, total_incentive: 10, total_invoice: 13 });
  });

  it('always adds up, to the cent', () => {
    const cents = (max: number) => fc.integer({ min: 0, max }).map(fromCents);
    const item = fc.record({
      UnitPrice: cents(999_999),
      FreightValue: cents(99_999),
      Voucher: cents(2_000_000),
      Quantity: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 10 }), (asked) => {
        const { items, totals } = price(1, asked.map(line), now);
        const sum = (pick: (index: number) => number) =>
          items.reduce((total, _, index) => total + pick(index), 0);
        const of = (index: number) => items[index] as (typeof items)[number];
        expect(toCents(totals.total_items)).toBe(sum((i) => toCents(of(i).unit_price) * of(i).quantity));
        expect(toCents(totals.total_amount)).toBe(sum((i) => toCents(of(i).total_amount)));
        expect(toCents(totals.total_freight)).toBe(sum((i) => toCents(of(i).freight_value)));
        expect(toCents(totals.total_incentive)).toBe(
          toCents(totals.total_items) - toCents(totals.total_amount),
        );
        expect(toCents(totals.total_invoice)).toBe(
          toCents(totals.total_amount) + toCents(totals.total_freight),
        );
        expect(items.map((one) => one.order_item_id)).toEqual(items.map((_, index) => index + 1));
        expect(items.every((one) => one.total_amount >= 0 && one.total_amount <= one.total_items)).toBe(true);
      }),
    );
  });
});

it('lines are too dear when the books could not hold their sum', () => {
  const free = { FreightValue: 0, Quantity: 1 };
  expect(tooDear([line({ ...free, UnitPrice: 9_999_999_999.99 })])).toBe(false);
  expect(tooDear([line({ ...free, UnitPrice: 9_999_999_999.99 }), line({ ...free, UnitPrice: 0.01 })])).toBe(
    true,
  );
  expect(tooDear([line({ UnitPrice: 9_999_999_999.99, Quantity: 2_147_483_647 })])).toBe(true);
});

it('an invoice is numbered by customer, day in UTC, and order', () => {
  expect(invoiceNumber(12, 3, now)).toBe('12-20260331-3');
});
