import type { OrderInFull } from '#marketplace/order';
import type { PaymentLine } from '#marketplace/payment';
import type { Shipment } from '#marketplace/shipment';
import { compose } from './tracking.rules.js';

describe('where an order is', () => {
  const order = (status: string) => ({ customer_id: 1, order_id: 2, status }) as OrderInFull;
  const money = (status: PaymentLine['status']) =>
    [
      { type: 'VOUCHER', status: 'succeeded' },
      { type: 'BOLETO', status },
    ] as PaymentLine[];
  const shipment = (...statuses: string[]) =>
    ({ package_count: statuses.length, packages: statuses.map((status) => ({ status })) }) as Shipment;

  it('shows as pending what does not exist yet', () => {
    expect(compose(order('INVOICED'), undefined, undefined)).toMatchObject({
      customerId: 1,
      orderId: 2,
      summary: 'Invoiced: waiting for the payment.',
      payment: { state: 'pending' },
      shipment: { state: 'pending' },
    });
  });

  it('goes by whoever knows most, for each hears of the others a moment later', () => {
    expect(compose(order('INVOICED'), money('succeeded'), undefined).summary).toMatch(/^Paid/);
    expect(compose(order('INVOICED'), undefined, shipment('shipped')).summary).toBe(
      'On the way: 1 package has left.',
    );
    expect(compose(order('INVOICED'), money('canceled'), undefined).summary).toMatch(/^The payment failed/);
    expect(compose(order('PAYMENT_FAILED'), undefined, undefined).summary).toMatch(/^The payment failed/);
  });

  it('counts the packages that arrived', () => {
    expect(compose(order('IN_TRANSIT'), money('succeeded'), shipment('shipped', 'shipped')).summary).toBe(
      'On the way: 2 packages have left.',
    );
    expect(compose(order('IN_TRANSIT'), money('succeeded'), shipment('shipped', 'delivered'))).toMatchObject({
      summary: 'On the way: 1 of 2 packages have arrived.',
      shipment: { state: 'known', delivered: 1 },
    });
    expect(compose(order('IN_TRANSIT'), money('succeeded'), shipment('delivered')).summary).toMatch(
      /^Delivered/,
    );
  });
});
