import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { DeliveryNotification } from '#marketplace/shipment';
import { ReserveStockFailed } from '#marketplace/stock';
import { type RunningModules, startModules } from '#testing';
import { details } from '../cart/cart.samples.js';
import { anInvoice, delivered, notPaid, paid } from '../order/order.sample.js';
import { CustomerApi } from './contract/customer.api.js';
import { CustomerModule } from './customer.module.js';

const orderOf = (customerId: number, orderId: number) => anInvoice({ customerId, orderId });
const nothingReserved: ReserveStockFailed = {
  timestamp: '2026-01-01T00:00:00.000Z',
  customerCheckout: details('checkout'),
  products: [{ Id: 1, SellerId: 1, Status: 'UNAVAILABLE', UnitPrice: 10, OldUnitPrice: 10, QtyAvailable: 0 }],
  instanceId: 'checkout',
};

describe('customer', () => {
  let shop: RunningModules;

  beforeAll(async () => {
    shop = await startModules({ here: [CustomerModule] });
  });
  afterAll(() => shop?.stop());

  const register = (id: number, change: object = {}) =>
    shop.http('POST', '/customer', {
      id,
      first_name: 'Ada',
      last_name: 'Moss',
      address: '1 Root Lane',
      zip_code: '12345',
      city: 'Figtree',
      state: 'GO',
      card_number: '4111111111111234',
      card_security_number: '987',
      card_type: 'VISA',
      ...change,
    });

  it('registers customers, and keeps of their card neither the number nor the code', async () => {
    expect((await register(1)).status).toBe(201);
    const { body } = await shop.http('GET', '/customer/1');
    expect(body).toMatchObject({
      id: 1,
      first_name: 'Ada',
      success_payment_count: 0,
      card_number: '**** **** **** 1234',
    });
    const rows = JSON.stringify(await shop.query('select * from customer.customers where id = 1'));
    expect(rows).not.toContain('411111');
    expect(rows).not.toContain('987');
  });

  it('does not know a stranger, and does not register half a customer', async () => {
    expect((await shop.http('GET', '/customer/404')).status).toBe(404);
    expect((await shop.http('POST', '/customer', { id: 2 })).status).toBe(400);
  });

  it('counts payments and deliveries, each once, however many come at the same time', async () => {
    await register(3);
    await Promise.all([
      ...[...Array(20).keys()].map((index) => shop.publish(PaymentConfirmed, paid(orderOf(3, index + 1)))),
      ...[...Array(5).keys()].map((index) => shop.publish(PaymentFailed, notPaid(orderOf(3, index + 30)))),
      ...[...Array(30).keys()].map((index) =>
        shop.publish(DeliveryNotification, delivered(orderOf(3, index + 1), 1)),
      ),
    ]);
    await shop.drain();
    expect((await shop.http('GET', '/customer/3')).body).toMatchObject({
      success_payment_count: 20,
      failed_payment_count: 5,
      delivery_count: 30,
    });
  });

  it('keeps the counters of a customer who is registered again, and clears them on reset', async () => {
    await register(4);
    await shop.publish(PaymentConfirmed, paid(orderOf(4, 1)));
    await shop.drain();
    await register(4, { first_name: 'Eve' });
    expect((await shop.http('GET', '/customer/4')).body).toMatchObject({
      first_name: 'Eve',
      success_payment_count: 1,
    });
    await shop.get(CustomerApi).reset();
    expect((await shop.http('GET', '/customer/4')).body).toMatchObject({
      first_name: 'Eve',
      success_payment_count: 0,
    });
  });

  it('hears of a failed reservation, and says why it does nothing', async () => {
    const id = await shop.publish(ReserveStockFailed, nothingReserved);
    await shop.drain();
    expect(await shop.query(`select state, reason from banyan.deliveries where event_id = $1`, [id])).toEqual(
      [{ state: 'skipped', reason: 'Nothing is counted for a reservation that failed.' }],
    );
  });

  it('counts nothing for who is not registered, and holds up nobody: what comes later is counted', async () => {
    await shop.publish(PaymentConfirmed, paid(orderOf(999, 1)));
    await shop.drain();
    await register(999);
    await shop.publish(PaymentConfirmed, paid(orderOf(999, 2)));
    await shop.drain();
    expect((await shop.http('GET', '/customer/999')).body).toMatchObject({ success_payment_count: 1 });
  });
});
