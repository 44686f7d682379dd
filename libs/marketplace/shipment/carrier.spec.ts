import { PaymentConfirmed } from '#marketplace/payment';
import { type RunningModules, startModules } from '#testing';
import { type Carrier, startCarrier } from '../../../apps/stand-ins/carrier/carrier.js';
import { ShipmentModule } from './shipment.module.js';
import { paidOrder } from './shipment.sample.js';

describe('the carrier', () => {
  let carrier: Carrier;
  let shop: RunningModules;

  beforeAll(async () => {
    carrier = await startCarrier();
    shop = await startModules({
      here: [ShipmentModule],
      settings: { CARRIER_URL: carrier.url, CALL_TIMEOUT_MS: '300' },
    });
  });
  afterAll(async () => {
    await shop?.stop();
    await carrier?.stop();
  });
  afterEach(() =>
    carrier.behave({ failPercent: 0, refusePercent: 0, silentPercent: 0, doublePercent: 0, delayMs: 0 }),
  );

  const booking = async (key: string) =>
    (
      await shop.query(
        `select status, calls, carrier_id, reason from shipment.bookings where booking_key = $1`,
        [key],
      )
    )[0];
  const until = async (fact: () => Promise<boolean> | boolean) => {
    const end = Date.now() + 10_000;
    while (!(await fact())) {
      if (Date.now() > end) throw new Error('It did not become true in 10 s.');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('is asked once, with the key of the order, after the shipment stands', async () => {
    await shop.publish(PaymentConfirmed, paidOrder(1, 1, [7]));
    await shop.drain();
    expect(carrier.bookings()).toMatchObject([{ key: '1-1', asked: 1 }]);
    expect(await booking('1-1')).toMatchObject({
      status: 'booked',
      calls: 1,
      carrier_id: carrier.bookings()[0]?.id,
    });
  });

  it('may be silent, then answer: the consignment is booked once, and the checkout never waited', async () => {
    carrier.behave({ silentPercent: 100 });
    await shop.publish(PaymentConfirmed, paidOrder(2, 1, [7]));
    const asked = () => carrier.bookings().find((one) => one.key === '2-1')?.asked ?? 0;
    await until(() => asked() >= 2); // the ledger counts calls before they are made
    expect(await booking('2-1')).toMatchObject({ status: 'requested' });
    expect(
      await shop.query(
        `select 1 from banyan.events where type = 'TransactionMark' and payload->>'tid' = 'checkout-2-1'`,
      ),
    ).toHaveLength(1);

    carrier.behave({ silentPercent: 0 });
    await shop.drain();
    expect(carrier.bookings().filter((one) => one.key === '2-1')).toHaveLength(1);
    expect(asked()).toBeGreaterThanOrEqual(3);
    expect(await booking('2-1')).toMatchObject({ status: 'booked' });
  });

  it('may fail for a while, and hear a call twice: still one booking', async () => {
    carrier.behave({ failPercent: 100, doublePercent: 100 });
    const before = carrier.calls();
    await shop.publish(PaymentConfirmed, paidOrder(3, 1, [7]));
    await until(() => carrier.calls() > before);
    carrier.behave({ failPercent: 0 });
    await shop.drain();
    expect(carrier.bookings().filter((one) => one.key === '3-1')).toMatchObject([{ asked: 2 }]);
  });

  it('may refuse: that is an answer, and is not asked again', async () => {
    carrier.behave({ refusePercent: 100 });
    await shop.publish(PaymentConfirmed, paidOrder(4, 1, [7]));
    await shop.drain();
    expect(await booking('4-1')).toMatchObject({
      status: 'refused',
      calls: 1,
      reason: 'We do not go there.',
    });
  });
});
