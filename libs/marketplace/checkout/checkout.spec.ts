import { CartApi } from '#marketplace/cart';
import { CartModule } from '#marketplace/cart/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductApi } from '#marketplace/product';
import { ProductModule } from '#marketplace/product/module';
import { type RunningModules, startModules } from '#testing';
import { details, item } from '../cart/cart.samples.js';
import { product } from '../product/product.sample.js';
import { CheckoutModule } from './checkout.module.js';
import { CheckoutApi } from './contract/checkout.api.js';

const CARD = '4929123456789012';
const customer = (instanceId: string, parts: Record<string, unknown> = {}) => ({
  ...details(instanceId),
  PaymentType: 'CREDIT_CARD',
  CardNumber: CARD,
  CardHolderName: 'A Byron',
  CardExpiration: '1299',
  CardSecurityNumber: '739',
  CardBrand: 'VISA',
  Installments: 3,
  ...parts,
});

describe.each([false, true])('checking out (as if remote: %s)', (asIfRemote) => {
  let shop: RunningModules;
  beforeAll(async () => {
    shop = await startModules({
      here: [ProductModule, CartModule, PaymentModule, CheckoutModule],
      asIfRemote,
    });
    await shop.http('POST', '/product', product());
    await shop.drain();
  });
  afterAll(() => shop.stop());
  beforeEach(() => shop.get(CartApi).reset());

  const add = (parts = {}) => shop.http('PATCH', '/cart/7/add', item(parts));
  const checkOut = (instanceId: string, parts: Record<string, unknown> = {}) =>
    shop.http('POST', '/cart/7/checkout', customer(instanceId, parts));
  const status = (tid: string) => shop.http('GET', `/cart/7/checkout/${tid}`);
  /** Payloads of the events of a type, oldest first. */
  async function told(type: string): Promise<Record<string, unknown>[]> {
    const rows = await shop.query<{ payload: Record<string, unknown> }>(
      'select payload from banyan.events where type = $1 order by id',
      [type],
    );
    return rows.map((row) => row.payload);
  }
  const reserved = async (tid: string) => (await told('ReserveStock')).filter((e) => e['instanceId'] === tid);
  const marks = async (tid: string) => (await told('TransactionMark')).filter((e) => e['tid'] === tid);
  const accepted = (tid: string) => ({
    status: 202,
    body: { tid, status: 'accepted', statusUrl: `/cart/7/checkout/${tid}`, marksUrl: '/marks' },
  });
  /** Leaves a checkout as a process leaves it that was killed: leased, then not. */
  const killed = (tid: string, lease: string) =>
    shop.query(
      `insert into checkout.checkouts (instance_id, customer_id, runner, leased_until)
       values ($1, 7, gen_random_uuid(), now() + $2::interval)`,
      [tid, lease],
    );

  it('submits the cart with a reference to the payment method, and nothing of the card', async () => {
    await add();
    expect(await checkOut('t1')).toMatchObject(accepted('t1'));
    const [event] = await reserved('t1');
    expect(event).toMatchObject({
      customerCheckout: {
        ...details('t1'),
        PaymentType: 'CREDIT_CARD',
        CardBrand: 'VISA',
        Installments: 3,
        PaymentReference: expect.any(String),
      },
      items: [item()],
    });
    const events = JSON.stringify(await shop.query('select payload from banyan.events'));
    expect(events).not.toContain(CARD);
    expect(events).not.toContain('739');
    expect(events).not.toContain('A Byron');
    expect((await status('t1')).body).toEqual({
      tid: 't1',
      customerId: 7,
      status: 'accepted',
      refusal: null,
    });
  });

  it('answers the same to the same instanceId, at once and later, and submits once', async () => {
    await add();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => checkOut('t2')));
    await add({ Quantity: 9 });
    for (const answer of [...answers, await checkOut('t2')]) expect(answer).toMatchObject(accepted('t2'));
    expect(await reserved('t2')).toHaveLength(1);
    expect((await shop.http('GET', '/cart/7')).body.items).toEqual([item({ Quantity: 9 })]);
  });

  it('asks product about a price that the replica does not have', async () => {
    await add({ UnitPrice: 9 });
    expect(await checkOut('t3')).toMatchObject(accepted('t3'));
    expect(await reserved('t3')).toMatchObject([{ items: [{ UnitPrice: 10, Voucher: 1 }] }]);
  });

  it.each([
    ['a cart that nobody began', 404, 'cart.no-cart', {}],
    ['another customer in the body', 400, 'checkout.other-customer', { CustomerId: 8 }],
    ['an expired card', 422, 'checkout.unusable-card', { CardExpiration: '0120' }],
    ['a malformed card', 422, 'checkout.unusable-card', { CardExpiration: 'May' }],
  ])('refuses %s, with one NOT_ACCEPTED mark, and for good', async (name, expected, code, parts) => {
    const tid = `no ${name}`;
    const refused = await checkOut(tid, parts);
    expect(refused).toMatchObject({ status: expected });
    await add();
    const again = await checkOut(tid);
    expect([again.status, again.body.message]).toEqual([refused.status, refused.body.message]);
    expect(await marks(tid)).toEqual([
      { tid, type: 'CUSTOMER_SESSION', actorId: 7, status: 'NOT_ACCEPTED', source: 'checkout' },
    ]);
    expect((await status(encodeURIComponent(tid))).body).toMatchObject({
      status: 'refused',
      refusal: { code },
    });
    expect(await reserved(tid)).toEqual([]);
  });

  it('refuses an empty cart', async () => {
    await add();
    await shop.http('PATCH', '/cart/7/seal');
    expect((await checkOut('empty')).status).toBe(409);
    expect(await marks('empty')).toHaveLength(1);
  });

  it('refuses the instanceId of another customer, and leaves that one’s answer alone', async () => {
    await add();
    await checkOut('t4');
    const other = await shop.http('POST', '/cart/8/checkout', customer('t4', { CustomerId: 8 }));
    expect(other.status).toBe(409);
    expect(await marks('t4')).toEqual([]);
    expect((await shop.http('GET', '/cart/8/checkout/t4')).status).toBe(404);
  });

  it('hears 400 about what is no checkout', async () =>
    expect((await checkOut('t5', { PaymentType: 'SHELLS' })).status).toBe(400));

  it('is resumed after a crash before the cart was submitted', async () => {
    await add();
    await killed('t6', '0');
    expect(await checkOut('t6')).toMatchObject(accepted('t6'));
    expect(await reserved('t6')).toHaveLength(1);
  });

  it('is resumed after a crash behind the cart’s submission, which is not repeated', async () => {
    await add();
    await killed('t7', '0');
    await shop.get(CartApi).submit(details('t7'), []);
    expect(await checkOut('t7')).toMatchObject(accepted('t7'));
    expect(await reserved('t7')).toHaveLength(1);
    expect(await marks('t7')).toEqual([]);
  });

  it('is accepted when a crash took back its very beginning, but not what cart had submitted', async () => {
    await add();
    await shop.get(CartApi).submit(details('t11'), []);
    expect(await checkOut('t11', { CardExpiration: '0120' })).toMatchObject(accepted('t11'));
    expect(await reserved('t11')).toHaveLength(1);
    expect(await marks('t11')).toEqual([]);
  });

  it('waits for the answer of another process that runs it', async () => {
    await killed('t8', '1 minute');
    const answer = checkOut('t8');
    expect((await status('t8')).body.status).toBe('running');
    await shop.query(
      `update checkout.checkouts set state = 'accepted', settled_at = now() where instance_id = 't8'`,
    );
    expect(await answer).toMatchObject(accepted('t8'));
  });

  it('says that it is still running when the answer does not come', async () => {
    await killed('t9', '1 minute');
    const answer = await checkOut('t9');
    expect(answer.status).toBe(409);
    expect(await marks('t9')).toEqual([]);
    expect((await status('t9')).body.status).toBe('running');
  });

  it('that a fault interrupted goes on when it is asked again, without waiting for the lease', async () => {
    await add();
    await shop.query('alter table cart.cart_history rename to away');
    expect((await checkOut('t10')).status).toBeGreaterThanOrEqual(500);
    await shop.query('alter table cart.away rename to cart_history');
    expect(await marks('t10')).toEqual([]);
    expect(await checkOut('t10')).toMatchObject(accepted('t10'));
  });

  it('is forgotten by a reset', async () => {
    await shop.get(CheckoutApi).reset();
    await shop.get(ProductApi).reset();
    expect((await status('t1')).status).toBe(404);
  });
});
