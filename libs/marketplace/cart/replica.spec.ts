import { Client } from 'pg';
import { ProductApi } from '#marketplace/product';
import { ProductModule } from '#marketplace/product/module';
import { type RunningModules, startModules } from '#testing';
import { UnitsOfWork } from '../../platform/work/units-of-work.js';
import { product } from '../product/product.sample.js';
import { CartModule } from './cart.module.js';
import { details, item } from './cart.samples.js';
import { CartApi, type CartItem } from './contract/cart.api.js';
import { ReplicaData } from './replica.data.js';

let shop: RunningModules;
beforeAll(async () => {
  shop = await startModules({ here: [ProductModule, CartModule] });
});
afterAll(() => shop.stop());
beforeEach(async () => {
  await shop.drain(); // what a test left on its way must not arrive in the next one's history
  await shop.get(ProductApi).cleanup();
  await shop.get(CartApi).cleanup();
});

const offer = (parts: Record<string, unknown> = {}) => shop.http('POST', '/product', product(parts));
const replace = (parts: Record<string, unknown>) => shop.http('PUT', '/product', product(parts));
const setPrice = (price: number, { productId = 1, version = '0', instanceId = `price ${price}` } = {}) =>
  shop.http('PATCH', '/product', { sellerId: 1, productId, price, version, instanceId });
const add = (parts: Partial<CartItem> = {}, customer = 7) =>
  shop.http('PATCH', `/cart/${customer}/add`, item(parts));
const items = async (customer = 7) => (await shop.http('GET', `/cart/${customer}`)).body.items;
const replica = () =>
  shop.query<{ price: number; version: string }>(
    'select price::float8, version from cart.replica_products order by seller_id, product_id',
  );

/** Payloads of the events of a type, oldest first. */
async function told(type: string): Promise<Record<string, unknown>[]> {
  const rows = await shop.query<{ payload: Record<string, unknown> }>(
    'select payload from banyan.events where type = $1 order by id',
    [type],
  );
  return rows.map((row) => row.payload);
}

/** Runs `work` while another session holds what `lock` locks. */
async function whileLocked<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: shop.database.url, application_name: 'test lock' });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(lock);
    return await work();
  } finally {
    await client.end();
  }
}

/** Runs `work` while the replica can be read but hears nothing new. */
function whileReplicaLags<T>(work: () => Promise<T>): Promise<T> {
  return whileLocked('lock table cart.replica_sellers in exclusive mode', work);
}

describe('the replica', () => {
  it('has what the seller offers: a price of 1 that becomes 10', async () => {
    await offer({ price: 1 });
    await setPrice(10);
    await shop.drain();
    expect(await replica()).toEqual([{ price: 10, version: '0' }]);
    const mark = { tid: 'price 10', type: 'PRICE_UPDATE', actorId: 1, status: 'SUCCESS', source: 'cart' };
    expect((await told('TransactionMark')).at(-1)).toEqual(mark);
  });

  it('ignores a price for a version that is gone, and marks it all the same', async () => {
    await offer();
    await replace({ version: 'v2', price: 12 });
    await setPrice(99, { instanceId: 'late' });
    await shop.drain();
    expect(await replica()).toEqual([{ price: 12, version: 'v2' }]);
    expect((await told('TransactionMark')).at(-1)).toMatchObject({ tid: 'late', status: 'SUCCESS' });
  });

  it('converges under many changes of one seller at once', async () => {
    await Promise.all([1, 2, 3].map((product_id) => offer({ product_id })));
    const change = (at: number) =>
      at % 4 === 0
        ? replace({ product_id: (at % 3) + 1, version: `v${at}`, price: 20 + at })
        : setPrice(50 + at, { productId: (at % 3) + 1 });
    await Promise.all(Array.from({ length: 30 }, (_, at) => change(at)));
    await shop.drain();
    const products = 'select price::float8, version from product.products order by seller_id, product_id';
    expect(await replica()).toEqual(await shop.query(products));
    const heard = 'select last_sequence from cart.replica_sellers';
    expect(await shop.query(heard)).toEqual(
      await shop.query('select last_sequence from product.seller_sequences'),
    );
  });

  it('reprices the carts that agreed with it, and compensates a rise once per line', async () => {
    await offer();
    await shop.drain();
    await add({ Quantity: 3, Voucher: 0.5 });
    await add({}, 8);
    await setPrice(10.2);
    await shop.drain();
    expect(await items()).toEqual([item({ Quantity: 3, UnitPrice: 10.2, Voucher: 0.7 })]);
    expect(await items(8)).toEqual([item({ UnitPrice: 10.2, Voucher: 0.2 })]);
  });

  it('leaves a line alone whose customer saw a later price than the one that it hears of', async () => {
    await offer();
    await shop.drain();
    await add({ UnitPrice: 12 });
    await setPrice(11);
    await shop.drain();
    expect(await items()).toEqual([item({ UnitPrice: 12 })]);
  });

  it('never waits for a customer who has a line locked: the line is left to its checkout', async () => {
    await offer();
    await add();
    await add({}, 8);
    await shop.drain();
    await whileLocked('select from cart.cart_items where customer_id = 7 for update', async () => {
      await setPrice(11);
      await shop.drain();
    });
    expect(await items(8)).toEqual([item({ UnitPrice: 11, Voucher: 1 })]);
    expect(await items()).toEqual([item()]);
    expect(await shop.get(CartApi).unseen(7)).toHaveLength(1);
  });

  it('parks a change that comes before an earlier one of its seller, and applies each once', async () => {
    await offer();
    await shop.drain();
    const change = { seller_id: 1, product_id: 1, version: '0', applied: true, instanceId: 'any' };
    const apply = (sequence: number, price: number) =>
      shop
        .get(UnitsOfWork)
        .of('cart')
        .run((unit) => shop.get(ReplicaData).applyPrice({ ...change, sequence, price }, unit));
    await expect(apply(3, 30)).rejects.toThrow('Change 3 of seller 1 came while the replica stands at 1');
    expect(await replica()).toEqual([{ price: 10, version: '0' }]);
    await apply(2, 20);
    await apply(3, 30);
    await apply(2, 20);
    expect(await replica()).toEqual([{ price: 30, version: '0' }]);
  });
});

describe('a cart is submitted at one cut through its seller’s history', () => {
  /** Submits as checkout does: asks product for what cart has not seen. */
  async function submit(tid: string, meanwhile: () => Promise<unknown> = async () => undefined) {
    const carts = shop.get(CartApi);
    const facts = await shop.get(ProductApi).current(await carts.unseen(7));
    await meanwhile();
    const submission = await carts.submit(details(tid), facts);
    return { submission, facts, lines: await carts.history(7, tid) };
  }

  beforeEach(async () => {
    await offer({ product_id: 1 });
    await offer({ product_id: 2 });
    await shop.drain();
  });

  it('without a question, when the replica agrees', async () => {
    await add();
    const { facts, lines } = await submit('seen');
    expect(facts).toEqual([]);
    expect(lines).toEqual([item()]);
  });

  it('when the customer saw a price that the replica has not: the earlier change of another line comes along', () =>
    whileReplicaLags(async () => {
      await setPrice(11, { productId: 1 });
      await setPrice(12, { productId: 2 });
      await add({ ProductId: 1, UnitPrice: 10 }); // an old page, while the other was read just now
      await add({ ProductId: 2, UnitPrice: 12 });
      const { lines } = await submit('ahead');
      expect(lines).toEqual([item({ UnitPrice: 11, Voucher: 1 }), item({ ProductId: 2, UnitPrice: 12 })]);
    }));

  it('when a version retired that the replica still holds as current: at that version’s last price', () =>
    whileReplicaLags(async () => {
      await setPrice(11, { productId: 1 });
      await replace({ product_id: 1, version: 'v2', price: 20 });
      await setPrice(12, { productId: 2 });
      await add({ ProductId: 1, UnitPrice: 10 });
      await add({ ProductId: 2, UnitPrice: 12 });
      const { lines } = await submit('retired ahead');
      expect(lines.map((line) => [line.Version, line.UnitPrice])).toEqual([
        ['0', 11],
        ['0', 12],
      ]);
    }));

  it('when the replica knows the version as retired: at its last price, without a question', async () => {
    await add({ ProductId: 1, UnitPrice: 10 });
    await setPrice(11, { productId: 1 });
    await replace({ product_id: 1, version: 'v2', price: 20 });
    await shop.drain();
    await add({ ProductId: 1, UnitPrice: 10 }); // the customer's page is older still
    const { facts, lines } = await submit('retired');
    expect(facts).toEqual([]);
    expect(lines).toEqual([item({ UnitPrice: 11, Voucher: 1 })]);
  });

  it('when the customer’s page is out of date: at today’s price', async () => {
    await setPrice(11);
    await shop.drain();
    await add({ UnitPrice: 10 });
    expect((await submit('out of date')).lines).toEqual([item({ UnitPrice: 11, Voucher: 1 })]);
  });

  it('when a line has a price that never was: at the real one', async () => {
    await add({ UnitPrice: 0.01 });
    expect((await submit('invented')).lines).toMatchObject([{ UnitPrice: 10 }]);
  });

  it('when the replica moved on after product answered: at the replica’s', async () => {
    await add({ UnitPrice: 9 });
    const moved = await submit('moved', async () => {
      await setPrice(11);
      await shop.drain();
    });
    expect(moved.facts).toMatchObject([{ lastPrice: 10 }]);
    expect(moved.lines).toMatchObject([{ UnitPrice: 11 }]);
  });

  it('not at all, when a line came that product was not asked about: it names what to ask', () =>
    whileReplicaLags(async () => {
      await setPrice(11);
      await add({ UnitPrice: 11 });
      const { submission } = await submit('restless', () => add({ ProductId: 2, UnitPrice: 10 }));
      expect(submission).toMatchObject({ sent: false, unseen: [{ productId: 1 }, { productId: 2 }] });
      expect(await items()).toHaveLength(2);
    }));

  it('of every version, when the product was replaced and repriced since', async () => {
    await add({ ProductId: 1, UnitPrice: 10 });
    await replace({ product_id: 1, version: 'v2', price: 20 });
    await setPrice(21, { productId: 1, version: 'v2' });
    await shop.drain();
    await add({ ProductId: 2, UnitPrice: 10 });
    expect((await submit('replaced')).lines).toEqual([item(), item({ ProductId: 2 })]);
  });
});
