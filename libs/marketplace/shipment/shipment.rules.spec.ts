import fc from 'fast-check';
import type { OrderItem } from '#marketplace/order';
import { anInvoice } from '../order/order.sample.js';
import { parcelsOf, stepsOf } from './shipment.rules.js';

describe('the steps of a shipment', () => {
  it('starts with its first package and ends with its last', () => {
    expect(stepsOf({ packages: 3, before: 0, now: 1 })).toEqual(['delivery_in_progress']);
    expect(stepsOf({ packages: 3, before: 1, now: 1 })).toEqual([]);
    expect(stepsOf({ packages: 3, before: 2, now: 1 })).toEqual(['concluded']);
  });

  it('takes both steps when everything arrives at once', () => {
    expect(stepsOf({ packages: 2, before: 0, now: 2 })).toEqual(['delivery_in_progress', 'concluded']);
  });

  it('refuses a count that is impossible', () => {
    expect(() => stepsOf({ packages: 2, before: 1, now: 2 })).toThrow(RangeError);
    expect(() => stepsOf({ packages: 2, before: 1, now: 0 })).toThrow(RangeError);
  });

  it('tells each step exactly once, however the packages arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }), (arrivals) => {
        const packages = arrivals.reduce((sum, now) => sum + now, 0);
        let before = 0;
        const told = arrivals.flatMap((now) => {
          const steps = stepsOf({ packages, before, now });
          before += now;
          return steps;
        });
        expect(told).toEqual(['delivery_in_progress', 'concluded']);
      }),
    );
  });
});

describe('the packages of an order', () => {
  const line = (order_item_id: number, freight_value: number) => {
    const [item] = anInvoice({ lines: [{ freight_value }] }).items;
    return { ...(item as OrderItem), order_item_id, product_id: order_item_id };
  };

  it('are numbered like its lines, whatever order these come in', () => {
    const { parcels } = parcelsOf([line(2, 1), line(1, 1), line(3, 1)]);
    expect(parcels.map((parcel) => [parcel.package_id, parcel.product_id])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('cost what their freight adds up to, to the cent', () => {
    expect(parcelsOf([line(1, 0.1), line(2, 0.2)]).freight).toBe(0.3);
  });
});
