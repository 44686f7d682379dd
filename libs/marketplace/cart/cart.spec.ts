import { type RunningModules, startModules } from '#testing';
import { CartModule } from './cart.module.js';
import { details, item } from './cart.samples.js';
import { CartApi } from './contract/cart.api.js';

let shop: RunningModules;
beforeAll(async () => {
  shop = await startModules({ here: [CartModule] });
});
afterAll(() => shop.stop());
beforeEach(() => shop.get(CartApi).cleanup());

const add = (line: unknown, customer = 7) => shop.http('PATCH', `/cart/${customer}/add`, line);
const cart = async (customer = 7) => (await shop.http('GET', `/cart/${customer}`)).body;

/** Payloads of the events of a type, oldest first. */
async function told(type: string): Promise<Record<string, unknown>[]> {
  const rows = await shop.query<{ payload: Record<string, unknown> }>(
    'select payload from banyan.events where type = $1 order by id',
    [type],
  );
  return rows.map((row) => row.payload);
}

describe('a cart', () => {
  it('takes items, and replaces one that is there already', async () => {
    expect((await add(item())).status).toBe(202);
    expect((await add(item({ ProductId: 2 }))).status).toBe(202);
    expect((await shop.http('PUT', '/cart/7/add', item({ Quantity: 5 }))).status).toBe(202);
    expect(await cart()).toMatchObject({
      customerId: 7,
      status: 'OPEN',
      items: [item({ Quantity: 5 }), item({ ProductId: 2 })],
    });
  });

  it('takes items that arrive at once', async () => {
    const products = Array.from({ length: 10 }, (_, at) => at + 1);
    await Promise.all(products.map((ProductId) => add(item({ ProductId }))));
    expect((await cart()).items.map((line: { ProductId: number }) => line.ProductId)).toEqual(products);
  });

  it.each([{ Quantity: 0 }, { Quantity: -1 }, { UnitPrice: -1 }, { Version: '' }])(
    'refuses an item with %j',
    async (parts) => expect((await add(item(parts))).status).toBe(400),
  );

  it('that is being checked out takes nothing', async () => {
    await add(item());
    await shop.query(`update cart.carts set status = 'CHECKOUT_SENT'`);
    expect((await add(item({ ProductId: 2 }))).status).toBe(409);
    expect((await cart()).items).toHaveLength(1);
  });

  it.each(['PATCH', 'POST'])('is empty and open after %s seal', async (verb) => {
    await add(item());
    expect((await shop.http(verb, '/cart/7/seal')).status).toBe(202);
    expect(await cart()).toMatchObject({ status: 'OPEN', items: [] });
  });

  it('that nobody began is not found', async () => {
    expect((await shop.http('GET', '/cart/8')).status).toBe(404);
    expect((await shop.http('PATCH', '/cart/8/seal')).status).toBe(404);
  });
});

describe('submitting', () => {
  const carts = () => shop.get(CartApi);
  const facts = async () =>
    (await carts().unseen(7)).map((line) => ({ ...line, lastPrice: line.price, sequence: 1 }));

  it('empties the cart, keeps what was submitted and tells stock, once per tid', async () => {
    await add(item());
    await add(item({ ProductId: 2, Voucher: 0.3 }));
    const known = await facts();
    const sent = { sent: true, items: 2 };
    expect(await Promise.all([1, 2, 3].map(() => carts().submit(details('t1'), known)))).toEqual([
      sent,
      sent,
      sent,
    ]);
    const lines = [item(), item({ ProductId: 2, Voucher: 0.3 })];
    expect(await cart()).toMatchObject({ status: 'OPEN', items: [] });
    expect((await shop.http('GET', '/cart/7/history/t1')).body).toEqual(lines);
    expect((await shop.http('GET', '/cart/8/history/t1')).body).toEqual([]);
    const events = await told('ReserveStock');
    expect(events).toEqual([
      { timestamp: expect.any(String), customerCheckout: details('t1'), items: lines, instanceId: 't1' },
    ]);
  });

  it('under the tid of an earlier submission leaves what was added since in the cart', async () => {
    await add(item());
    await carts().submit(details('t2'), await facts());
    await add(item({ ProductId: 3 }));
    expect(await carts().submit(details('t2'), [])).toEqual({ sent: true, items: 1 });
    expect((await cart()).items).toEqual([item({ ProductId: 3 })]);
  });

  it('is refused without a cart, with an empty one, and with one that is being checked out', async () => {
    const attempts = () => Promise.allSettled([carts().unseen(7), carts().submit(details('t3'), [])]);
    const both = (code: string) => [{ reason: { code } }, { reason: { code } }];
    expect(await attempts()).toMatchObject(both('cart.no-cart'));
    await add(item());
    await shop.http('PATCH', '/cart/7/seal');
    expect(await attempts()).toMatchObject(both('cart.empty'));
    await shop.query(`update cart.carts set status = 'CHECKOUT_SENT'`);
    expect(await attempts()).toMatchObject(both('cart.already-sent'));
  });
});
