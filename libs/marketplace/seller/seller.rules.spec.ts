import { AFTER_SHIPMENT, MAY_FOLLOW, OPEN, ORDER_PATH } from './seller.rules.js';

describe('the path of an order entry', () => {
  it('only leads onwards: no status may follow itself or a later one', () => {
    for (const [index, status] of ORDER_PATH.entries()) {
      for (const before of MAY_FOLLOW[status]) expect(ORDER_PATH.indexOf(before)).toBeLessThan(index);
    }
  });

  it('ends in DELIVERED or PAYMENT_FAILED: nothing follows them, and neither is on the dashboard', () => {
    const ends = ORDER_PATH.filter((status) =>
      ORDER_PATH.every((next) => !MAY_FOLLOW[next].includes(status)),
    );
    expect(ends).toEqual(['PAYMENT_FAILED', 'DELIVERED']);
    expect(ORDER_PATH.filter((status) => !OPEN.includes(status))).toEqual(ends);
  });

  it('moves with every step of the shipment', () => {
    expect(Object.values(AFTER_SHIPMENT)).toEqual(['READY_FOR_SHIPMENT', 'IN_TRANSIT', 'DELIVERED']);
  });
});
